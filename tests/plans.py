"""How Postgres carries out the statements that code really sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Boolean, Connection, DateTime, Engine, Integer, LargeBinary, Table, event, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncSession

Statement = tuple[str, Any]


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """The statements sent meanwhile by whomever, with their parameters."""
    sent: list[Statement] = []

    def note(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def scanned(session: AsyncSession, sent: list[Statement]) -> set[str]:
    """The tables that one of the statements reads from the first row to the last."""
    connection = await session.connection()
    # As where disks have no heads: else Postgres finds tables of a test's size cheaper to read whole.
    await connection.exec_driver_sql("SET LOCAL random_page_cost = 1.1")
    found = set()
    for statement, parameters in sent:
        explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        (answer,) = explained.scalars()
        found |= {
            node["Relation Name"] for node in _nodes(answer[0]["Plan"]) if node["Node Type"] == "Seq Scan"
        }
    return found


async def fill(session: AsyncSession, table: Table, count: int, **values: str) -> None:
    """Adds rows numbered n from 1 on; `values` are SQL expressions, the other columns get something plain."""
    for column in table.columns:
        if not (column.nullable or column.server_default or column.identity or column.name in values):
            values[column.name] = _plain(column.type)
    names = ", ".join(f'"{name}"' for name in values)
    rows = f"SELECT {', '.join(values.values())} FROM generate_series(1, {count}) AS n"
    await session.execute(text(f'INSERT INTO "{table.name}" ({names}) {rows}'))


def _plain(kind: object) -> str:
    """A value of the type, as SQL."""
    plain = {Boolean: "false", Integer: "0", DateTime: "now()", JSON: "'{}'", LargeBinary: "''::bytea"}
    return next((sql for each, sql in plain.items() if isinstance(kind, each)), "''")


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
