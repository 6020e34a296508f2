"""The entity's type file: written from a spec, and read back into one when an app is changed."""

import json
import re
from collections.abc import Sequence
from typing import get_args

from dev.simulator.blueprint import words
from dev.simulator.blueprint.fields import kind_of
from dev.simulator.blueprint.spec import AppSpec, Field, Kept, Kind
from dev.simulator.blueprint.template import fill

_TYPES: dict[Kind, str] = {
    "number": "number | null",
    "price": "number | null",
    "rating": "number",
    "boolean": "boolean",
    "date": "string | null",
}
_KEPT: dict[Kept, str] = {
    "browser": "it is kept in this browser",
    "own": "the database keeps it for the person who added it",
    "shared": "the database keeps it for everybody",
}
_HEAD = re.compile(rf"^/\*\* An? (.+), as ({'|'.join(_KEPT.values())})\. \*/$")
_DATE_HELPER = """
/** A day such as "2026-05-31" in the reader's way of writing. */
export function formatDate(day: string): string {
  const date = new Date(`${day}T00:00`);
  return Number.isNaN(date.getTime()) ? day : date.toLocaleDateString(undefined, { dateStyle: "medium" });
}
"""
_MONEY_HELPER = """
/** An amount of money with two decimals. */
export function formatMoney(amount: number): string {
  return amount.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
"""
_PROPERTY = re.compile(r"^  (\w+): ([^;]+);(?: // (\w+): (.*))?$")
_OPTIONS = re.compile(r"^export const (\w+_OPTIONS) = (\[.*\]);$")


def lib_file(spec: AppSpec) -> str:
    kinds = {field.kind for field in spec.fields}
    helpers = "".join(
        f"\nexport const {options_name(field)} = {json.dumps(list(field.options), ensure_ascii=False)};\n"
        for field in spec.fields
        if field.kind == "choice"
    )
    helpers += _DATE_HELPER if "date" in kinds else ""
    helpers += _MONEY_HELPER if "price" in kinds else ""
    return fill(
        "lib.ts",
        Article=words.capitalised(words.article(spec.entity)),
        entity=spec.entity,
        entities=spec.entities,
        Type=spec.type_name,
        kept=_KEPT[spec.kept],
        collection=(words.kebab(spec.entities) or "items") if spec.kept == "browser" else spec.table,
        properties="\n".join(_property(field) for field in spec.fields),
        helpers=helpers.rstrip("\n"),
    )


def options_name(field: Field) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", field.name).upper() + "_OPTIONS"


def read_spec(lines: Sequence[str]) -> AppSpec | None:
    """The spec a type file was written from; None when somebody wrote it another way."""
    head = _HEAD.match(lines[0] if lines else "")
    options: dict[str, tuple[str, ...]] = {}
    for line in lines:
        if found := _OPTIONS.match(line):
            options[found.group(1)] = tuple(json.loads(found.group(2)))
    end = lines.index("}") if "}" in lines else 0
    properties = [found for line in lines[:end] if (found := _PROPERTY.match(line))]
    fields = tuple(_field(found, options) for found in properties)
    if not head or not any(field.kind == "text" for field in fields):
        return None
    kept = next(kept for kept, phrase in _KEPT.items() if phrase == head.group(2))
    return AppSpec(words.capitalised(words.plural(head.group(1))), head.group(1), fields, kept=kept)


def _property(field: Field) -> str:
    text = f"  {field.name}: {_TYPES.get(field.kind, 'string')};"
    plain = field.kind == "choice" or field.kind == kind_of(words.label_of(field.name))
    if plain and field.label == words.label_of(field.name):
        return text
    return f"{text} // {field.kind}: {field.label}"


def _field(found: re.Match[str], options: dict[str, tuple[str, ...]]) -> Field:
    name, _, kind, label = found.groups()
    label = label or words.label_of(name)
    chosen = options.get(options_name(Field(name, label)))
    if chosen:
        return Field(name, label, "choice", chosen)
    known = next((known for known in get_args(Kind) if known == kind), kind_of(words.label_of(name)))
    return Field(name, label, known)
