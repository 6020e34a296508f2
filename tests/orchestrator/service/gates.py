"""Gates in the database: a transaction that is about to write a certain row waits there, uncommitted."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from common.database import Database
from tests.orchestrator.service.world import World
from tests.system.api import RUN_SECONDS

_CLASS = 7_281
_TABLES = ("runs", "turns", "turn_blocks", "tool_results", "builds")
_SHUT = (
    "CREATE TABLE gates (key int, request text, place text, written jsonb, before jsonb)",
    f"""
    CREATE FUNCTION wait_at_gates() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
    DECLARE
      gate record;
      row jsonb := to_jsonb(NEW);
    BEGIN
      FOR gate IN
        SELECT gates.key, gates.before FROM gates JOIN runs ON runs.request = gates.request
        WHERE gates.place = TG_TABLE_NAME AND row @> gates.written AND runs.id = coalesce(
          row ->> 'run_id', (SELECT run_id FROM turns WHERE id = row ->> 'turn_id'), row ->> 'id')
      LOOP
        IF TG_OP = 'INSERT' OR to_jsonb(OLD) @> gate.before THEN
          PERFORM pg_advisory_xact_lock({_CLASS}, gate.key);
        END IF;
      END LOOP;
      RETURN NULL;
    END $$
    """,
    *(
        f"CREATE TRIGGER gates AFTER INSERT OR UPDATE ON {table} FOR EACH ROW "
        "EXECUTE FUNCTION wait_at_gates()"
        for table in _TABLES
    ),
)
_OPENED = (
    *(f"DROP TRIGGER gates ON {table}" for table in _TABLES),
    "DROP FUNCTION wait_at_gates",
    "DROP TABLE gates",
)
# Those of a dead process would run out after a while.
_END_LEASES = (
    "UPDATE runs SET lease_until = now(), updated_at = now() - interval '1 minute' WHERE lease_until > now()"
)
_ADD = "INSERT INTO gates VALUES (:key, :request, :place, CAST(:written AS jsonb), CAST(:before AS jsonb))"
_WAITING = "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :class AND NOT granted"


@dataclass(frozen=True)
class Gate:
    """Before a row of `table` with these columns is written; of an update, over one with those `before`."""

    table: str
    written: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def shut(database: Database, gates: Mapping[str, Gate]) -> AsyncIterator[None]:
    """Meanwhile the run of each request, which has to be a test's own, waits at its gate.

    At the end they are opened: what a process has left there that is dead by then is rolled back.
    """
    await _execute(database, *_SHUT)
    async with database.begin() as session:
        for key, (request, gate) in enumerate(gates.items()):
            row = {"key": key, "request": request, "place": gate.table}
            columns = {"written": json.dumps(gate.written), "before": json.dumps(gate.before)}
            await session.execute(text(_ADD), {**row, **columns})
    try:
        async with database.begin() as session:
            for key in range(len(gates)):
                await session.execute(text("SELECT pg_advisory_xact_lock(:class, :key)"), _key(key))
            yield
    finally:
        await _execute(database, *_OPENED)


@asynccontextmanager
async def killed_at(world: World, gates: Mapping[str, Gate]) -> AsyncIterator[None]:
    """The runs that are begun in here come to their gates; there their process dies, and another goes on."""
    database = world.database()
    async with shut(database, gates):
        yield
        await all_reached(database, gates)
        await world.stack.kill("orchestrator")
    await _execute(database, _END_LEASES)
    await database.close()
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")


async def all_reached(database: Database, gates: Mapping[str, Gate]) -> None:
    """Until every run has come to its gate; on a slow machine some have given up waiting there by then."""
    names = list(gates)
    missing = set(range(len(names)))
    try:
        async with asyncio.timeout(RUN_SECONDS):
            while missing:
                async with database.begin() as session:
                    missing -= set(await session.scalars(text(_WAITING), {"class": _CLASS}))
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not come to their gates: {[names[key] for key in missing]}")


def _key(key: int) -> dict[str, int]:
    return {"class": _CLASS, "key": key}


async def _execute(database: Database, *statements: str) -> None:
    """Each in a transaction of its own, since together they would lock tables that others hold in part."""
    for statement in statements:
        async with database.begin() as session:
            await session.execute(text(statement))
