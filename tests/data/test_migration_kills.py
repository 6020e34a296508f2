"""The service and PostgreSQL killed at every statement of a migration: the schema is the old or the new."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.data.kills import KILLS, Kill, blocked, kill_service, quiet
from tests.data.migrating import TODOS, Migrating
from tests.data.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = TODOS + "".join(
    f"create table public.t{n} (id bigint generated always as identity primary key, note text);\n"
    f"comment on table public.t{n} is '@shared: everybody''s';\n"
    f"create policy read_all on public.t{n} for select to authenticated using (true);\n"
    f"insert into public.t{n} (note) values ('kept');\n"
    for n in range(1, 10)
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
Attempt = tuple[str, str]
# Of what is lost a dump is taken before, which reads: the test lets readers pass.
LOSS = "drop table public.t9;"
ATTEMPTS: tuple[Attempt, ...] = (
    *((CHANGE, f"{{ref}}.t{n} IN ACCESS EXCLUSIVE MODE") for n in range(1, len(STATEMENTS) + 1)),
    (CHANGE, "{ref}.t8 IN ACCESS EXCLUSIVE MODE"),  # the probe
    (LOSS, "{ref}.t9 IN ACCESS SHARE MODE"),
    (CHANGE, "overskill_auth.migrations IN SHARE MODE"),  # the record
)
"""What is applied, and what the test holds, so that it stands still at each of its steps in turn."""
ROUNDS = (ATTEMPTS[:5], ATTEMPTS[5:])
"""What one kill hits, each attempt in an app of its own: no more than a shard has at once."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_world() -> AsyncIterator[World]:
    """Not shared: its processes are killed."""
    async with running_world(data={"MIGRATION_LOCK_SECONDS": "60"}) as world:
        yield world


@KILLS
async def test_a_kill_at_any_statement_leaves_the_old_or_the_new(own_world: World, kill: Kill) -> None:
    apps = [Migrating(own_world) for _ in ROUNDS[0]]
    await asyncio.gather(*(app.applied(BASE) for app in apps))
    old = [await schema(own_world, app) for app in apps]
    for attempts in ROUNDS:
        await die_at_once(own_world, list(zip(apps, attempts, strict=True)), kill)
        assert [await schema(own_world, app) for app in apps] == old
        await own_world.stack.start("data")
        await own_world.stack.wait_ready("data")
    await asyncio.gather(*(app.applied(BASE, CHANGE, LOSS) for app in apps))
    new = [await schema(own_world, app) for app in apps]
    assert all(then != before for then, before in zip(new, old, strict=True))
    assert await apps[0].applied(BASE, CHANGE, LOSS) == []
    assert await schema(own_world, apps[0]) == new[0]


async def die_at_once(world: World, attempts: Sequence[tuple[Migrating, Attempt]], kill: Kill) -> None:
    """Kills once every attempt waits for what is locked, and waits until nothing of them goes on."""
    async with world.superuser() as holder, world.superuser() as watcher:
        locks = [f"LOCK TABLE {lock.format(ref=app.ref)}" for app, (_, lock) in attempts]
        await holder.execute("; ".join(["BEGIN", *locks]))
        applying = [asyncio.create_task(app.apply(BASE, sql)) for app, (sql, _) in attempts]
        await blocked(watcher, holder, len(attempts))
        await kill(world, holder)
    for task in applying:
        if kill is kill_service:
            with pytest.raises(httpx.TransportError):
                await task
        else:
            answer = await task
            assert (answer.status_code, answer.json()["code"]) == (503, "shard_unavailable")
    await quiet(world, kill)


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
