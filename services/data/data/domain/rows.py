"""Rows of an app's table as the platform's key reads them: by the page, filtered and ordered."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.errors import InvalidInput, NotFound
from data.domain.bounded import bounded
from data.domain.quoting import quoted

MAX_FILTERS = 20
MAX_BYTES = 4_000_000
"""Of a page's rows; a page with larger ones is shorter."""

_COMPARISONS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PATTERNS = {"like": "LIKE", "ilike": "ILIKE"}
_CONSTANTS = {"null": "NULL", "true": "TRUE", "false": "FALSE"}
_MAX_LISTED = 200


class TableNotFound(NotFound):
    """The app has no table or view of this name."""

    code = "table_not_found"


class FilterInvalid(InvalidInput):
    """A filter or an order that names no column, no operator, or nothing to compare with."""

    code = "filter_invalid"


@dataclass(frozen=True)
class Table:
    """A table as filters need it: its columns with their types, as SQL spells them, and its primary key."""

    schema: str
    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """What goes through a gate: SQL and its parameters."""

    sql: str
    params: tuple[str, ...]


def page_of(table: Table, filters: Sequence[str], order: str | None, limit: int, offset: int) -> Query:
    """At most `limit` rows from the `offset`-th on; raises FilterInvalid."""
    if len(filters) > MAX_FILTERS:
        raise FilterInvalid(f"There are {len(filters)} filters; at most {MAX_FILTERS} are taken.")
    params: list[str] = []
    conditions = [_condition(table, text, params) for text in filters]
    where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    rows = (
        f"SELECT * FROM {quoted(table.schema)}.{quoted(table.name)}{where}"
        f"\nORDER BY {_order(table, order)}\nOFFSET {offset:d}"
    )
    return Query(bounded(rows, limit, MAX_BYTES), tuple(params))


def _condition(table: Table, text: str, params: list[str]) -> str:
    name, operator, value = _parts(table, text)
    column = quoted(name)
    if operator in _COMPARISONS:
        return f"{column} {_COMPARISONS[operator]} {_param(params, value)}::{table.columns[name]}"
    if operator in _PATTERNS:
        return f"{column}::text {_PATTERNS[operator]} {_param(params, value)}"
    if operator == "is" and value in _CONSTANTS:
        return f"{column} IS {_CONSTANTS[value]}"
    if operator == "in":
        listed = ", ".join(f"{_param(params, item)}::{table.columns[name]}" for item in _listed(text, value))
        return f"{column} IN ({listed})"
    raise FilterInvalid(
        f"The filter '{text[:200]}' has no operator that is known: eq, neq, gt, gte, lt, lte, like, ilike, "
        "in, or is with null, true or false."
    )


def _parts(table: Table, text: str) -> tuple[str, str, str]:
    """Column, operator and value; a column's name may itself have dots."""
    names = sorted((name for name in table.columns if text.startswith(f"{name}.")), key=len)
    if not names:
        raise _unknown(table, text.split(".", maxsplit=1)[0])
    operator, dot, value = text.removeprefix(f"{names[-1]}.").partition(".")
    if not dot:
        raise FilterInvalid(f"The filter '{text[:200]}' is not of the form column.operator.value.")
    return names[-1], operator, value


def _listed(text: str, value: str) -> list[str]:
    inner = value.removeprefix("(").removesuffix(")")
    items = next(csv.reader([inner], strict=False), [])
    if not 1 <= len(items) <= _MAX_LISTED:
        raise FilterInvalid(
            f"The filter '{text[:200]}' names {len(items)} values; 1 to {_MAX_LISTED} it may."
        )
    return items


def _param(params: list[str], value: str) -> str:
    params.append(value)
    return f"($1)[{len(params)}]"


def _order(table: Table, order: str | None) -> str:
    """By the key after all, so that pages neither repeat nor leave out rows."""
    terms: dict[str, str] = {}
    for part in filter(None, (order or "").split(",")):
        name, _, direction = part.rpartition(".") if part.endswith((".asc", ".desc")) else (part, "", "asc")
        if name not in table.columns:
            raise _unknown(table, name)
        terms.setdefault(name, f"{quoted(name)} {direction.upper()}")
    for name in table.key:
        terms.setdefault(name, f"{quoted(name)} ASC")
    return ", ".join(terms.values()) or "ctid"


def _unknown(table: Table, name: str) -> FilterInvalid:
    known = ", ".join(sorted(table.columns))[:500]
    return FilterInvalid(f"The table '{table.name}' has no column '{name[:63]}'; it has {known}.")
