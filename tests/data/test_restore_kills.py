"""The service and PostgreSQL killed within dumps and restores: all of it has happened, or nothing."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from common.contracts import Environment, dump_key
from common.ids import new_id
from common.objects import ObjectStore
from data.domain.realm import ref_of
from tests.data.kills import KILLS, Kill, blocked, kill_service, quiet
from tests.data.life import Looked, add_user, object_store
from tests.data.test_restores import MIGRATION, migrated
from tests.data.world import SECONDS, World, running_world

pytestmark = [pytest.mark.xdist_group("data-kills"), pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"MIGRATION_LOCK_SECONDS": "60", "LEASE_SECONDS": "1", "RECONCILE_SECONDS": "0.2"}
USERS = "{ref}_auth.users IN ACCESS EXCLUSIVE MODE"
TODOS = "{ref}.todos IN ACCESS EXCLUSIVE MODE"
DUMP = (USERS, TODOS)
RESTORE = (
    USERS,  # the dump of what is there before
    "overskill_auth.restores IN SHARE MODE",  # its first statement on the shard
    "{ref}.todos IN ACCESS SHARE MODE",  # the old tables go
    "overskill_auth.sessions IN SHARE MODE",  # all rows are there
)
PREVIEW = (
    "overskill_auth.realms IN SHARE MODE",  # it is made
    "overskill_auth.sessions IN SHARE MODE",
)
"""What the test holds, so that the work stands still at each of its steps in turn."""

CONTENT = (
    "SELECT title, user_id FROM REF.todos ORDER BY title",
    "SELECT id, name FROM REF.authors ORDER BY id",
    "SELECT id, email FROM REF_auth.users ORDER BY email",
    "SELECT path FROM overskill_auth.migrations WHERE realm = 'REF'",
    "SELECT conname FROM pg_constraint WHERE connamespace = 'REF'::regnamespace ORDER BY 1",
    "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'REF.todos'::regclass AND NOT tgisinternal",
)


@dataclass(frozen=True)
class Work:
    """A dump or restore, as it is asked for."""

    kind: str
    id: str
    body: Mapping[str, str]


def new_dump() -> Work:
    return Work("dumps", new_id("dump"), {"environment": "production"})


def new_restore(dump_id: str, environment: Environment = Environment.PRODUCTION) -> Work:
    return Work("restores", new_id("rst"), {"dump": dump_id, "environment": environment.value})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_world() -> AsyncIterator[World]:
    """Not shared: its processes are killed."""
    async with running_world(data=SETTINGS) as world:
        yield world


async def die_at(app: Looked, work: Work, lock: str, kill: Kill) -> None:
    """Asks for the work, kills once it waits for what is locked, and waits until nothing of it goes on."""
    async with app.world.superuser() as holder:
        await stand_still(app, work, lock, holder)
        await kill(app.world, holder)
    await quiet(app.world, kill)


async def die_unrecorded(
    app: Looked, work: Work, lock: str, kill: Kill, happened: Callable[[], Awaitable[Any]]
) -> None:
    """Kills when the work has happened, and is not yet recorded in the control plane's table."""
    async with app.world.control() as record:
        async with app.world.superuser() as holder:
            await stand_still(app, work, lock, holder)
            await record.execute("BEGIN")
            await record.execute(f"SELECT FROM {work.kind} WHERE id = $1 FOR UPDATE", work.id)
        async with asyncio.timeout(SECONDS):
            while not await happened():
                await asyncio.sleep(0.02)
        await kill(app.world, record)
    await quiet(app.world, kill)


async def stand_still(app: Looked, work: Work, lock: str, holder: asyncpg.Connection) -> None:
    """Asks for the work while the holder has what it needs; returns once it waits for that."""
    await holder.execute(f"BEGIN; LOCK TABLE {lock.format(ref=app.app.ref)}")
    await ask(app, work)
    async with app.world.superuser() as connection:
        await blocked(connection, holder)


async def ask(app: Looked, work: Work) -> None:
    """The same again is the same. PostgreSQL may be on its way back."""
    path = f"/internal/apps/{app.app.app_id}/{work.kind}/{work.id}"
    async with asyncio.timeout(SECONDS):
        while (asked := await app.world.http.put(path, json=work.body)).status_code != 202:
            assert asked.status_code in {503, 504}, asked.text
            await asyncio.sleep(0.1)


async def done(app: Looked, work: Work) -> Any:
    """Asked for once more, by a service that is there again, it comes to its end."""
    await app.world.stack.start("data")
    await app.world.stack.wait_ready("data")
    await ask(app, work)
    async with asyncio.timeout(SECONDS):
        while True:
            answer = await app.world.http.get(f"/internal/apps/{app.app.app_id}/{work.kind}")
            if answer.status_code == 200:
                (found,) = (item for item in answer.json()["items"] if item["id"] == work.id)
                if found["state"] != "pending":
                    assert (found["state"], found["problem"]) == ("done", None)
                    return found
            await asyncio.sleep(0.05)


async def dump_of(app: Looked) -> str:
    work = new_dump()
    await done(app, work)
    return work.id


async def content(app: Looked) -> Any:
    """All of the app, at one moment; None where there is no such database."""
    ref = ref_of(app.app.app_id, app.environment)
    async with app.world.superuser() as connection, connection.transaction(isolation="repeatable_read"):
        if await connection.fetchval("SELECT to_regclass($1)", f"{ref}.todos") is None:
            return None
        return [
            [tuple(row) for row in await connection.fetch(query.replace("REF", ref))] for query in CONTENT
        ]


async def filled(world: World) -> Looked:
    app = await migrated(world)
    ann = await add_user(world, app.app, "ann@example.org")
    await app.sql(f"insert into todos (title, user_id) values ('hers', '{ann}')", write=True)
    return app


async def change(app: Looked) -> Any:
    """Makes the app another than its dump; what it is then."""
    ref = ref_of(app.app.app_id, app.environment)
    async with app.world.superuser() as connection:
        await connection.execute(
            f"INSERT INTO {ref}_auth.users (email) VALUES (gen_random_uuid()::text); "
            f"UPDATE {ref}.todos SET title = gen_random_uuid()::text"
        )
    return await content(app)


@KILLS
async def test_a_dump_is_whole_or_not_there(own_world: World, kill: Kill) -> None:
    app = await filled(own_world)
    for lock in DUMP:
        work = new_dump()
        await die_at(app, work, lock, kill)
        await assert_whole(app, work)
    work = new_dump()
    async with ObjectStore(object_store(own_world)) as store:
        stored = partial(store.exists, dump_key(app.app.app_id, work.id))
        await die_unrecorded(app, work, TODOS, kill, stored)
    await assert_whole(app, work)


async def assert_whole(app: Looked, work: Work) -> None:
    seen = await done(app, work)
    async with ObjectStore(object_store(app.world)) as store:
        data = await store.get(dump_key(app.app.app_id, work.id))
    assert hashlib.sha256(data).hexdigest() == seen["digest"]


async def test_a_dump_is_taken_again_when_a_table_was_rewritten_meanwhile(own_world: World) -> None:
    """To a transaction that began before it would look empty."""
    app, work = await filled(own_world), new_dump()
    more = {
        "1_first": MIGRATION,
        "2_more": "alter table public.authors add column key uuid not null default gen_random_uuid();",
    }
    files = [{"path": f"supabase/migrations/{name}.sql", "sql": sql} for name, sql in more.items()]
    async with own_world.superuser() as holder:
        await stand_still(app, work, "overskill_auth.identities IN ACCESS EXCLUSIVE MODE", holder)
        body = {"migrations": files, "deployment_id": new_id("dep"), "approved": []}
        path = f"/internal/realms/{app.app.app_id}/production/apply"
        assert (await own_world.http.post(path, json=body)).status_code == 200
    await done(app, work)
    async with ObjectStore(object_store(own_world)) as store:
        lines = gzip.decompress(await store.get(dump_key(app.app.app_id, work.id))).splitlines()
    assert len(json.loads(lines[0])["migrations"]) == 2
    assert json.loads(lines[-1])["rows"]["app.authors"] == 1


@KILLS
async def test_a_restore_has_happened_or_not(own_world: World, kill: Kill) -> None:
    app = await filled(own_world)
    new, dump_id = await content(app), await dump_of(app)
    for lock in RESTORE:
        old, work = await change(app), new_restore(dump_id)
        await die_at(app, work, lock, kill)
        # A service that was not killed may have begun anew, and be done.
        assert await content(app) in ([old] if kill is kill_service else [old, new]), lock
        seen = await done(app, work)
        assert await content(app) == new
        await assert_backed_up_once(app, seen["backup"])
    old, work = await change(app), new_restore(dump_id)
    await die_unrecorded(app, work, RESTORE[-1], kill, partial(is_restored, app, work))
    since = await change(app)
    await done(app, work)
    assert await content(app) == since  # it was not done again


async def assert_backed_up_once(app: Looked, backup: str) -> None:
    """However often the restore was begun."""
    items = (await app.world.http.get(f"/internal/apps/{app.app.app_id}/dumps")).json()["items"]
    assert next(item["id"] for item in items if item["reason"] == "restore") == backup
    assert {item["state"] for item in items} == {"done"}


async def is_restored(app: Looked, work: Work) -> Any:
    async with app.world.superuser() as connection:
        return await connection.fetchval("SELECT 1 FROM overskill_auth.restores WHERE id = $1", work.id)


@KILLS
async def test_a_preview_has_all_of_it_or_nothing(own_world: World, kill: Kill) -> None:
    app = await filled(own_world)
    new, dump_id = await content(app), await dump_of(app)
    preview = Looked(own_world, app.app, Environment.PREVIEW)
    for lock in PREVIEW:
        old, work = await content(preview), new_restore(dump_id, Environment.PREVIEW)
        await die_at(app, work, lock, kill)
        assert await content(preview) in ([old] if kill is kill_service else [old, new]), lock
        await done(app, work)
        assert await content(preview) == new
        await change(preview)
