"""Migrations as the deployer and the orchestrator have them checked and applied."""

import pytest

from tests.data.migrating import TODOS, Migrating, errors, path
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_is_checked_is_told_and_not_kept(world: World) -> None:
    app = Migrating(world)
    found = await app.check(TODOS)
    assert (found["findings"], found["pending"], found["destructive"]) == ([], [path(1)], [])
    assert [table["name"] for table in found["tables"]] == ["todos"]
    assert 'export const tables = ["todos"] as const' in found["types"]
    async with world.superuser() as connection:
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname LIKE $1", f"{app.ref}%")
            == 0
        )
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
