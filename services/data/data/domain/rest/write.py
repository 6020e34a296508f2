"""Renders inserts, updates and deletions, up to the rows they return."""

from dataclasses import dataclass

from data.domain.rest.catalog import ColumnInfo, Table
from data.domain.rest.conditions import render_conditions
from data.domain.rest.errors import unknown_payload_column
from data.domain.rest.payload import Payload
from data.domain.rest.sql import ROW, Scope, quoted
from data.domain.rest.syntax import Query

INSERTED = "overskill_inserted"
"""Of a row that may have been there before: whether it is new."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What becomes of a row that is there already."""

    columns: tuple[str, ...]
    merge: bool


def insert(scope: Scope, payload: Payload, conflict: Conflict | None, *, defaults: bool) -> str:
    """With `defaults` a key that an object lacks means the column's default, and else null."""
    columns = [_writable(scope.table, name) for name in payload.keys]
    names = ", ".join(quoted(column.name) for column in columns)
    rows = scope.params.add(payload.rows)
    target = f"{quoted(scope.schema.name)}.{quoted(scope.table.name)}"
    into = f"INSERT INTO {target} AS {scope.name}{f'({names})' if names else ''}"
    if not columns:
        source = f"SELECT FROM json_array_elements({rows}::json)"
    elif defaults:
        values = ", ".join(_or_default(column) for column in columns)
        source = (
            f"SELECT {values} FROM json_array_elements({rows}::json) AS e(v), "
            f"json_to_record(e.v) AS b({_typed(columns)})"
        )
    else:
        values = ", ".join(f"b.{quoted(column.name)}" for column in columns)
        source = f"SELECT {values} FROM json_to_recordset({rows}::json) AS b({_typed(columns)})"
    return f"{into} {source}{_on_conflict(conflict, columns)}"


def update(scope: Scope, payload: Payload, query: Query) -> str | None:
    """None when nothing is to be set."""
    columns = [_writable(scope.table, name) for name in payload.keys]
    if not columns or payload.count == 0:
        return None
    rows = scope.params.add(payload.rows)
    settings = ", ".join(f"{quoted(column.name)} = b.{quoted(column.name)}" for column in columns)
    return (
        f"UPDATE {quoted(scope.schema.name)}.{quoted(scope.table.name)} AS {scope.name} SET {settings} "
        f"FROM json_to_record({rows}::json -> 0) AS b({_typed(columns)}){_where(scope, query)}"
    )


def delete(scope: Scope, query: Query) -> str:
    target = f"{quoted(scope.schema.name)}.{quoted(scope.table.name)}"
    return f"DELETE FROM {target} AS {scope.name}{_where(scope, query)}"


def returned(scope: Scope, *, inserted: bool) -> str:
    """What the change returns for all that was rendered in its scope, and nothing that nobody reads."""
    parts = [f"{scope.name} AS {quoted(ROW)}"] if ROW in scope.used else []
    parts += [f"{scope.name}.{quoted(name)}" for name in scope.used if name != ROW]
    if inserted:
        parts.append(f"({scope.name}.xmax = 0) AS {INSERTED}")
    return ", ".join(parts) or "1"


def conflict_of(table: Table, query: Query, resolution: str | None) -> Conflict | None:
    if resolution is None:
        return None
    columns = query.on_conflict or table.primary_key
    for name in columns:
        if name not in table.columns:
            raise unknown_payload_column(name, table.name)
    return Conflict(columns, resolution == "merge-duplicates") if columns else None


def _on_conflict(conflict: Conflict | None, columns: list[ColumnInfo]) -> str:
    if conflict is None:
        return ""
    names = ", ".join(quoted(name) for name in conflict.columns)
    if not conflict.merge or not columns:
        return f" ON CONFLICT ({names}) DO NOTHING"
    settings = ", ".join(f"{quoted(one.name)} = EXCLUDED.{quoted(one.name)}" for one in columns)
    return f" ON CONFLICT ({names}) DO UPDATE SET {settings}"


def _writable(table: Table, name: str) -> ColumnInfo:
    column = table.columns.get(name)
    if column is None:
        raise unknown_payload_column(name, table.name)
    return column


def _typed(columns: list[ColumnInfo]) -> str:
    return ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)


def _or_default(column: ColumnInfo) -> str:
    value = f"b.{quoted(column.name)}"
    if column.default is None:
        return value
    key = "'" + column.name.replace("'", "''") + "'"
    return f"CASE WHEN e.v -> {key} IS NULL THEN {column.default} ELSE {value} END"


def _where(scope: Scope, query: Query) -> str:
    conditions = render_conditions(scope, query.conditions.get((), []))
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
