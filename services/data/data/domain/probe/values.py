"""Values that a column may take: guesses by its type, its name and its checks, the likeliest first."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from data.domain.catalog import Catalog, Column, Relation, Type
from data.domain.probe.people import Person
from data.domain.quoting import literal

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?(?![\w.'])")
_LENGTH = re.compile(r"\((\d+)")
_LONGEST_VECTOR = 16_000

_BY_NAME = (
    ("email", "{email}"),
    ("url", "https://example.com/{tag}"),
    ("link", "https://example.com/{tag}"),
    ("colo", "#112233"),
    ("slug", "probe-{tag}"),
    ("phone", "+15550100"),
    ("currency", "USD"),
    ("locale", "en"),
)
_TEXTS = (
    "probe {tag}",
    "probe-{tag}",
    "probe{tag}",
    "{tag}",
    "P",
    "1",
    "#112233",
    "https://example.com/{tag}",
    "",
)
_NUMBERS = ("1", "0", "5", "10", "100", "1000", "-1", "0.5", "424242", "1970")
_MOMENTS = ("now()", "now() + interval '1 day'", "now() - interval '1 day'")
_FIXED = {
    "bool": ("false", "true"),
    "json": ("'{}'", "'[]'", "'\"probe\"'", "'1'"),
    "jsonb": ("'{}'", "'[]'", "'\"probe\"'", "'1'"),
    "bytea": ("'\\x70'",),
    "date": ("current_date", "current_date + 1", "current_date - 1"),
    "timestamp": _MOMENTS,
    "timestamptz": _MOMENTS,
    "time": ("'12:00'", "'13:00'"),
    "timetz": ("'12:00Z'", "'13:00Z'"),
    "interval": ("'1 hour'", "'1 day'"),
    "inet": ("'192.0.2.1'",),
    "cidr": ("'192.0.2.0/24'",),
    "macaddr": ("'08:00:2b:01:02:03'",),
    "money": ("1", "0"),
    "tsvector": ("''",),
    "tsquery": ("'probe'",),
    "point": ("'(0,0)'",),
    "bit": ("'0'", "'1'"),
    "varbit": ("'0'", "'1'"),
    "name": ("'probe'",),
}
# Of columns that count up: sequences are not rolled back, and their next number is people's.
_KEYS = (-10_101, 32_001, 2_000_000_001)
_NUMERIC = {"int2", "int4", "int8", "float4", "float8", "numeric"}
_TEXTUAL = {"text", "varchar", "bpchar", "char", "citext"}


@dataclass(frozen=True, slots=True)
class Guesser:
    """Guesses for the rows of one person."""

    catalog: Catalog
    person: Person

    def expressions(self, table: Relation, column: Column) -> Sequence[str]:
        """SQL expressions to try, each cast to the column's type; none where the type is unknown."""
        kind = self.catalog.plain(column.type)
        if counts_up(column):
            found = dict.fromkeys(str(key + self.person.number) for key in _KEYS)
        else:
            found = dict.fromkeys(self._of_owner(table, column, kind))
            found |= dict.fromkeys(self._by_type(table, column, kind))
        return [f"({expression})::{column.shown}" for expression in found]

    def _of_owner(self, table: Relation, column: Column, kind: Type) -> Iterator[str]:
        """Who wrote the row, where a policy looks at the column."""
        policies = policies_say(table, column.name)
        if kind.name == "uuid":
            yield literal(self.person.id)
        elif kind.name in _TEXTUAL and policies is not None:
            known = (self.person.email, self.person.id)
            yield from map(literal, known if "email" in policies + column.name else known[::-1])

    def _by_type(self, table: Relation, column: Column, kind: Type) -> Iterator[str]:
        checks = " ".join(check.definition for check in table.checks if column.name in check.columns)
        if kind.element is not None:
            yield "'{}'"
            yield "'{NULL}'"
        elif kind.kind == "enum":
            yield from map(literal, kind.labels)
        elif kind.kind in ("range", "multirange"):
            yield "'empty'" if kind.kind == "range" else "'{}'"
        elif kind.kind == "composite":
            yield literal(f"({',' * (len(kind.attributes) - 1)})")
        elif kind.name in _NUMERIC:
            yield from (*_NUMBERS, *_NUMBER.findall(checks))
        elif kind.name in _TEXTUAL:
            yield from map(literal, self._texts(column, checks))
        elif kind.name == "vector":
            size = _LENGTH.search(column.shown)
            yield literal(str([0] * min(int(size[1]) if size else 3, _LONGEST_VECTOR)))
        else:
            yield from _FIXED.get(kind.name, ())

    def _texts(self, column: Column, checks: str) -> Iterator[str]:
        most = _LENGTH.search(column.shown)
        cut: Callable[[str], str] = (lambda text: text[: int(most[1])]) if most else str
        yield from (found.replace("''", "'") for found in _QUOTED.findall(checks))
        for part, form in _BY_NAME:
            if part in column.name:
                yield cut(form.format(tag=self.person.tag, email=self.person.email))
        for form in _TEXTS:
            yield cut(form.format(tag=self.person.tag))


def counts_up(column: Column) -> bool:
    """Whether PostgreSQL numbers the rows by it."""
    return column.identity is not None or (column.default or "").startswith("nextval(")


def policies_say(table: Relation, column: str) -> str | None:
    """What the table's policies say about who asks, where they name the column; None where they do not."""
    found = [
        text
        for policy in table.policies
        for text in (policy.using, policy.check)
        if text and "auth." in text and re.search(rf"\b{re.escape(column)}\b", text)
    ]
    return " ".join(found) or None
