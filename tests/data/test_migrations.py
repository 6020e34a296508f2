"""Migrations as the deployer and the orchestrator have them checked and applied."""

from asyncio import TaskGroup, gather, timeout

import pytest

from common.contracts import Environment
from data.clients.realm_transaction import Patience, RealmTransaction
from data.domain.realm import Names
from data.errors import MigrationBusy, MigrationSlow
from data.usecases.migrate.session import in_transaction
from tests.data.kills import blocked
from tests.data.migrating import TODOS, Migrating, errors, path
from tests.data.world import SECONDS, World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_checked_is_told_and_not_kept(world: World) -> None:
    app = Migrating(world)
    found = await app.check(TODOS)
    assert (found["findings"], found["pending"], found["destructive"]) == ([], [path(1)], [])
    assert [table["name"] for table in found["tables"]] == ["todos"]
    assert 'export const tables = ["todos"] as const' in found["types"]
    async with world.superuser() as connection:
        of_schema = f"relnamespace = '{app.ref}'::regnamespace"
        assert await connection.fetchval(f"SELECT count(*) FROM pg_class WHERE {of_schema}") == 0
    assert (await app.check(TODOS))["pending"] == [path(1)]


async def test_migrations_are_applied_once_and_a_shorter_list_changes_nothing(world: World) -> None:
    app = Migrating(world)
    more = "alter table public.todos add column due date;"
    assert await app.applied(TODOS) == [path(1)]
    assert await app.applied(TODOS) == []
    assert await app.applied(TODOS, more) == [path(2)]
    assert await app.applied(TODOS) == []
    found = await app.check(TODOS, more)
    assert (found["pending"], found["findings"]) == ([], [])
    assert "due: string | null" in found["types"]


async def test_postgres_own_error_is_told_with_its_place(world: World) -> None:
    app = Migrating(world)
    sql = "\n\ncreate table public.notes (id int primary key);\ncreate index on public.notes\n  (nothing);\n"
    found = await app.check(sql)
    assert errors(found) == [("sqlstate_42703", 4, 'column "nothing" does not exist')]
    failed = await app.apply(sql)
    assert (failed.status_code, failed.json()["code"]) == (422, "migration_failed")
    assert errors(failed.json()) == errors(found)
    assert found["types"] is None


async def test_the_place_is_that_of_the_file_as_it_was_written(world: World) -> None:
    """Though what runs has longer names."""
    sql = "create table public.a (id int primary key, b int references public.missing (id));"
    told = (await Migrating(world).check(sql))["findings"]
    assert [one["message"] for one in told if one["code"] == "sqlstate_42P01"] == [
        'relation "missing" does not exist'
    ]
    sql = (
        "create view public.v with (security_invoker = true) as select 1 from public.a where public.a.no = 1;"
    )
    sql = "create table public.a (id int);\n" + sql
    told = (await Migrating(world).check(sql))["findings"]
    found = [(one["line"], one["column"]) for one in told if one["code"] == "sqlstate_42703"]
    assert found == [(2, sql.splitlines()[1].index("public.a.no") + 1)]


async def test_nothing_is_kept_of_migrations_of_which_one_fails(world: World) -> None:
    app = Migrating(world)
    failed = await app.apply(TODOS, "create table public.todos (id int primary key);")
    assert errors(failed.json()) == [("sqlstate_42P07", 1, 'relation "todos" already exists')]
    assert failed.json()["findings"][0]["file"] == path(2)
    assert await app.applied(TODOS) == [path(1)]


async def test_what_was_applied_cannot_be_edited_or_preceded(world: World) -> None:
    app = Migrating(world)
    await app.applied(TODOS, "alter table public.todos add column due date;")
    edited = await app.apply(TODOS.replace("200", "300"))
    assert (edited.status_code, edited.json()["code"]) == (409, "migration_changed")
    assert errors(await app.check(TODOS.replace("200", "300")))[0][0] == "migration_changed"
    assert (await app.check(TODOS))["findings"] == []


async def test_what_production_would_lose_has_to_be_approved(world: World) -> None:
    app = Migrating(world, environment="production")
    rows = TODOS + "insert into auth.users (id) values (gen_random_uuid());"
    assert errors(await app.check(rows)), "users are not the app's to add"
    shop = """create table public.prices (id int primary key, euro int, note text);
comment on table public.prices is '@shared: everybody sees them';
create policy read_all on public.prices for select to anon, authenticated using (true);
insert into public.prices values (1, 10, 'a'), (2, 20, null), (3, 30, 'c');
"""
    await app.applied(shop)
    loss = "alter table public.prices drop column note;\ndrop table public.prices;"
    expected = [
        {"file": path(2), "line": 1, "what": "drop column prices.note", "lost": "the values in 2 rows"},
        {"file": path(2), "line": 2, "what": "drop table prices", "lost": "3 rows"},
    ]
    assert (await app.check(shop, loss))["destructive"] == expected
    refused = await app.apply(shop, loss)
    assert (refused.status_code, refused.json()["code"]) == (409, "migration_needs_approval")
    assert refused.json()["destructive"] == expected
    assert await dumps(app) == []
    assert await app.applied(shop, loss, approved=[path(2)]) == [path(2)]
    assert await dumps(app) == [("migration", "done", 3)]


async def test_nobody_is_asked_for_what_was_made_just_now(world: World) -> None:
    app = Migrating(world, environment="production")
    sql = "create table public.a (id int primary key);\ndrop table public.a;\n" + TODOS
    assert await app.applied(sql) == [path(1)]


async def test_of_two_at_once_one_applies(world: World) -> None:
    app = Migrating(world)
    async with TaskGroup() as together:
        first, second = (together.create_task(app.applied(TODOS)) for _ in range(2))
    assert sorted([first.result(), second.result()]) == [[], [path(1)]]


async def test_only_services_may_migrate(world: World) -> None:
    answer = await world.http.post(
        f"/internal/realms/{Migrating(world).app_id}/preview/apply",
        json={"migrations": []},
        headers={"authorization": "Bearer nothing"},
    )
    assert answer.status_code == 401


async def test_new_apps_that_migrate_at_once_do_not_fail_each_other(world: World) -> None:
    apps = [Migrating(world) for _ in range(5)]
    assert await gather(*(app.applied(TODOS) for app in apps)) == [[path(1)]] * 5


async def test_nobody_waits_for_whom_a_migration_waits_for(world: World) -> None:
    app = await world.app(["CREATE TABLE busy (id int)"], Environment.PREVIEW)
    tries = []

    async def work(tx: RealmTransaction) -> str:
        tries.append(tx)
        await tx.run("ALTER TABLE busy ADD COLUMN more int")
        return "done"

    patience = Patience(lock_seconds=0.2, seconds=600, again_seconds=600)
    async with world.superuser() as reader, world.superuser() as visitor, TaskGroup() as group:
        await reader.execute(f"BEGIN; LOCK TABLE {app.ref}.busy IN ACCESS SHARE MODE")
        migrating = group.create_task(in_transaction(patience, world.shard, Names(app.ref), work))
        for _ in range(3):
            await blocked(visitor, reader)
            async with timeout(SECONDS):
                assert await visitor.fetch(f"SELECT FROM {app.ref}.busy") == []
        assert not migrating.done()
        await reader.execute("ROLLBACK")
    assert migrating.result() == "done"
    assert len(tries) > 1


async def test_a_migration_does_not_wait_for_ever(world: World) -> None:
    app = await world.app(["CREATE TABLE busy (id int)"], Environment.PREVIEW)

    async def work(tx: RealmTransaction) -> None:
        await tx.run("ALTER TABLE busy ADD COLUMN more int")

    async def sleep(tx: RealmTransaction) -> None:
        await tx.run("SELECT pg_sleep(3600)")

    async with world.superuser() as holder, timeout(60):
        await holder.execute(f"BEGIN; LOCK TABLE {app.ref}.busy")
        with pytest.raises(MigrationBusy):
            await in_transaction(Patience(0.01, 60, 0.5), world.shard, Names(app.ref), work)
        with pytest.raises(MigrationSlow):
            await in_transaction(Patience(60, 0.2), world.shard, Names(app.ref), sleep)


async def dumps(app: Migrating) -> list[tuple[str, str, int]]:
    """Why they were taken, how that ended, and how many rows are in them."""
    answer = await app.world.http.get(f"/internal/apps/{app.app_id}/dumps")
    return [(one["reason"], one["state"], one["rows"]) for one in answer.json()["items"]]
