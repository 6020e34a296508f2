"""The service and PostgreSQL killed at every statement of a migration: the schema is the old or the new."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.data.migrating import TODOS, Migrating
from tests.data.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 120.0
BASE = TODOS + "".join(
    f"create table public.t{n} (id bigint generated always as identity primary key, note text);\n"
    f"comment on table public.t{n} is '@shared: everybody''s';\n"
    f"create policy read_all on public.t{n} for select to authenticated using (true);\n"
    f"insert into public.t{n} (note) values ('kept');\n"
    for n in range(1, 9)
)
# The n-th statement needs the table tn, which the test holds.
STATEMENTS = (
    "alter table public.t1 add column due date;",
    "create table public.made (t bigint primary key references public.t2 (id));",
    "create index on public.t3 (note);",
    "insert into public.t4 (note) values ('added');",
    "create policy add_all on public.t5 for insert to authenticated with check (true);",
    "create view public.seen with (security_invoker = true) as select note from public.t6;",
    "alter table public.t7 add constraint noted check (note <> '');",
)
CHANGE = "\n".join(STATEMENTS)
"""Nothing that is lost: before that a dump is taken, which would wait for the same tables."""
HELD = (
    *(f"{{ref}}.t{n} IN ACCESS EXCLUSIVE MODE" for n in range(1, len(STATEMENTS) + 1)),
    "{ref}.t8 IN ACCESS EXCLUSIVE MODE",  # the probe
    "overskill_auth.migrations IN SHARE MODE",  # the record
)
"""What the test holds, so that a migration stands still at each of its steps in turn."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_world() -> AsyncIterator[World]:
    """Not shared: its processes are killed."""
    async with running_world(data={"MIGRATION_LOCK_SECONDS": "60"}) as world:
        yield world


@pytest.mark.parametrize("part", ["data", "postgres"])
async def test_a_kill_at_any_statement_leaves_the_old_or_the_new(own_world: World, part: str) -> None:
    app = Migrating(own_world)
    await app.applied(BASE)
    old = await schema(own_world, app)
    for lock in HELD:
        await die_at(own_world, app, lock.format(ref=app.ref), part)
        assert await schema(own_world, app) == old, lock
        await own_world.stack.wait_ready("data")
    assert len(await app.applied(BASE, CHANGE)) == 1
    new = await schema(own_world, app)
    assert new != old
    assert await app.applied(BASE, CHANGE) == []
    assert await schema(own_world, app) == new


async def die_at(world: World, app: Migrating, lock: str, part: str) -> None:
    """Has the part killed while the migration waits for what is locked."""
    async with world.superuser() as holder:
        await holder.execute(f"BEGIN; LOCK TABLE {lock}")
        applying = asyncio.create_task(app.apply(BASE, CHANGE))
        await until(world, "count(*) FILTER (WHERE wait_event_type = 'Lock') = 1")
        await world.stack.kill(part, signal.SIGKILL if part == "data" else signal.SIGQUIT)
    if part == "postgres":
        answer = await applying
        assert (answer.status_code, answer.json()["code"]) == (503, "shard_unavailable")
    else:
        with pytest.raises(httpx.TransportError):
            await applying
    await world.stack.start(part)
    await world.stack.wait_ready(part)
    await until(world, "count(*) = 0")


async def until(world: World, condition: str) -> None:
    """Waits until the condition is true of the connections that migrate."""
    question = f"SELECT {condition} FROM pg_stat_activity WHERE application_name = 'overskill-data-alone'"
    async with asyncio.timeout(SECONDS), world.superuser() as connection:
        while not await connection.fetchval(question):
            await asyncio.sleep(0.02)


async def schema(world: World, app: Migrating) -> Sequence[Any]:
    """Everything of the realm that a migration can change, and the rows."""
    async with world.superuser() as connection:
        columns = await connection.fetch(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = $1 ORDER BY 1, 2",
            app.ref,
        )
        indexes = await connection.fetch(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY 1", app.ref
        )
        policies = await connection.fetch(
            "SELECT tablename, policyname, cmd FROM pg_policies WHERE schemaname = $1 ORDER BY 1, 2", app.ref
        )
        platform = await connection.fetch(
            "SELECT schema_version, number, digest FROM overskill_auth.realms "
            "LEFT JOIN overskill_auth.migrations ON realm = ref WHERE ref = $1 ORDER BY number",
            app.ref,
        )
        tables = sorted({row["table_name"] for row in columns if row["table_name"].startswith("t")})
        counts = [await connection.fetchval(f"SELECT count(*) FROM {app.ref}.{name}") for name in tables]
        users = await connection.fetchval(f"SELECT count(*) FROM {app.ref}_auth.users")
    return [list(map(tuple, rows)) for rows in (columns, indexes, policies, platform)] + [counts, users]
