"""The schema as TypeScript: the type `Database` that supabase-js takes, in the form Supabase generates it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from data.domain.catalog import Catalog, Column, Function, Relation

_NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
_STRINGS = {
    *("text", "varchar", "bpchar", "char", "name", "citext", "uuid", "bytea", "date", "time", "timetz"),
    *(
        "timestamp",
        "timestamptz",
        "interval",
        "inet",
        "cidr",
        "macaddr",
        "vector",
        "tsvector",
        "tsquery",
        "money",
    ),
}
_OTHERS = {
    "bool": "boolean",
    "json": "Json",
    "jsonb": "Json",
    "void": "undefined",
    "record": "Record<string, unknown>",
}
_PLAIN_NAME = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

_HEAD = """\
// Generated from the app's database after each migration: what is written here by hand is lost.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  __InternalSupabase: { PostgrestVersion: "13" }
  public: {
"""

_TAIL = """\
  }
}

type Public = Database["public"]

/** A row as it is read. */
export type Tables<T extends keyof (Public["Tables"] & Public["Views"])> =
  (Public["Tables"] & Public["Views"])[T] extends { Row: infer R } ? R : never
/** What an insert takes. */
export type TablesInsert<T extends keyof Public["Tables"]> =
  Public["Tables"][T] extends { Insert: infer I } ? I : never
/** What an update takes. */
export type TablesUpdate<T extends keyof Public["Tables"]> =
  Public["Tables"][T] extends { Update: infer U } ? U : never
export type Enums<T extends keyof Public["Enums"]> = Public["Enums"][T]
"""


class _Member(NamedTuple):
    """One property of an object's type."""

    name: str
    text: str
    optional: bool = False

    def __str__(self) -> str:
        return f"{_key(self.name)}{'?' if self.optional else ''}: {self.text}"


def database_types(catalog: Catalog) -> str:
    """The text of `database.types.ts`; the names of all tables are its constant `tables`."""
    return "".join(_lines(catalog))


def _lines(catalog: Catalog) -> Iterator[str]:
    yield _HEAD
    yield from _block("Tables", ((table.name, _relation(catalog, table)) for table in catalog.tables))
    yield from _block("Views", ((view.name, _relation(catalog, view)) for view in catalog.views))
    yield from _block("Functions", _functions(catalog))
    own = sorted((kind for kind in catalog.types.values() if kind.own), key=lambda kind: kind.name)
    enums = [kind for kind in own if kind.kind == "enum"]
    yield from _block("Enums", ((kind.name, _union(map(_text, kind.labels))) for kind in enums))
    rows = {relation.name for relation in catalog.relations}
    composites = [kind for kind in own if kind.kind == "composite" and kind.name not in rows]
    yield from _block(
        "CompositeTypes",
        (
            (
                kind.name,
                _object(_Member(name, f"{_type(catalog, of)} | null") for name, of in kind.attributes),
            )
            for kind in composites
        ),
    )
    yield _TAIL
    yield f"\nexport const tables = {_list([table.name for table in catalog.tables])} as const\n"


def _block(name: str, members: Iterable[tuple[str, str]]) -> Iterator[str]:
    found = list(members)
    if not found:
        yield f"    {name}: {{ [_ in never]: never }}\n"
        return
    yield f"    {name}: {{\n"
    for key, text in found:
        yield f"      {_key(key)}: {text}\n"
    yield "    }\n"


def _relation(catalog: Catalog, relation: Relation) -> str:
    parts = [("Row", [_Member(column.name, _row(catalog, column)) for column in relation.columns])]
    if relation.writable:
        parts.append(("Insert", [_insert(catalog, column) for column in relation.columns]))
        parts.append(("Update", [_update(catalog, column) for column in relation.columns]))
    body = "".join(f"        {name}: {_columns(members)}\n" for name, members in parts)
    return f"{{\n{body}        Relationships: {_relationships(relation)}\n      }}"


def _columns(members: Iterable[_Member]) -> str:
    return "".join(("{\n", *(f"          {member}\n" for member in members), "        }"))


def _row(catalog: Catalog, column: Column) -> str:
    return _type(catalog, column.type) + ("" if column.not_null else " | null")


def _insert(catalog: Catalog, column: Column) -> _Member:
    if _read_only(column):
        return _Member(column.name, "never", optional=True)
    optional = not column.not_null or column.default is not None or column.identity is not None
    return _Member(column.name, _row(catalog, column), optional)


def _update(catalog: Catalog, column: Column) -> _Member:
    return _Member(column.name, "never" if _read_only(column) else _row(catalog, column), optional=True)


def _read_only(column: Column) -> bool:
    return column.generated or column.identity == "always"


def _relationships(relation: Relation) -> str:
    entries = []
    for key in relation.foreign_keys:
        if key.table is None:  # the users' table is not part of what the app reads
            continue
        unique = any(set(columns) == set(key.columns) for columns in relation.keys)
        entries.append(
            "          {\n"
            f"            foreignKeyName: {_text(key.name)}\n"
            f"            columns: {_list(key.columns)}\n"
            f"            isOneToOne: {str(unique).lower()}\n"
            f"            referencedRelation: {_text(key.table)}\n"
            f"            referencedColumns: {_list(key.referenced)}\n"
            "          },\n"
        )
    return f"[\n{''.join(entries)}        ]" if entries else "[]"


def _functions(catalog: Catalog) -> Iterator[tuple[str, str]]:
    overloads: dict[str, list[str]] = {}
    for function in catalog.functions:
        overloads.setdefault(function.name, []).append(_function(catalog, function))
    for name, texts in overloads.items():
        yield name, _union(texts)


def _function(catalog: Catalog, function: Function) -> str:
    arguments = [
        _Member(argument.name, _type(catalog, argument.type), argument.optional)
        for argument in function.arguments
        if argument.name
    ]
    columns = [_Member(name, _type(catalog, kind)) for name, kind in function.columns]
    row = (
        _object(columns)
        if len(columns) > 1 or (columns and function.set)
        else _type(catalog, function.returns)
    )
    returned = f"({row})[]" if function.set and "|" in row else f"{row}[]" if function.set else row
    return f"{{ Args: {_object(arguments) if arguments else 'never'}; Returns: {returned} }}"


def _type(catalog: Catalog, type_id: int) -> str:
    kind = catalog.plain(type_id)
    if kind.element is not None:
        element = _type(catalog, kind.element)
        return f"({element})[]" if "|" in element else f"{element}[]"
    if kind.own and kind.kind == "enum":
        return f'Database["public"]["Enums"][{_text(kind.name)}]'
    if kind.own and kind.kind == "composite":
        relation = next((one for one in catalog.relations if one.name == kind.name), None)
        if relation is not None:
            group = "Views" if relation.kind == "view" else "Tables"
            return f'Database["public"]["{group}"][{_text(kind.name)}]["Row"]'
        return f'Database["public"]["CompositeTypes"][{_text(kind.name)}]'
    if kind.name in _NUMBERS:
        return "number"
    return "string" if kind.name in _STRINGS else _OTHERS.get(kind.name, "unknown")


def _object(members: Iterable[_Member]) -> str:
    return f"{{ {'; '.join(map(str, members))} }}"


def _key(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    return json.dumps(text)


def _list(texts: Sequence[str]) -> str:
    return json.dumps(list(texts))


def _union(texts: Iterable[str]) -> str:
    return " | ".join(texts) or "never"
