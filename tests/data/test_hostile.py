"""What one app's code reaches of another's on the same shard, where nothing but PostgreSQL keeps it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from data.domain.realm import Role
from tests.data.hostile import (
    ATTACKER,
    SECRET,
    SOMEBODY,
    VICTIM,
    Attempt,
    ask,
    attack,
    attempts,
    named,
    opened,
    snapshot,
)
from tests.data.world import App, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = (
    "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings"
    " WHERE name IN ('statement_timeout', 'search_path', 'datestyle', 'client_encoding', 'row_security',"
    " 'standard_conforming_strings', 'default_transaction_read_only', 'createrole_self_grant', 'role')"
)
LEFT = (
    "SELECT (SELECT count(*) FROM pg_cursors WHERE name NOT LIKE '<%' AND name <> '') +"
    " (SELECT count(*) FROM pg_prepared_statements WHERE from_sql) +"
    " (SELECT count(*) FROM pg_listening_channels())"
)

_SPRING = (
    'CREATE TABLE profiles (id uuid REFERENCES "{own}_auth".users (id) ON DELETE CASCADE)',
    """CREATE FUNCTION read_users() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
    INSERT INTO "{own}".loot SELECT email FROM "{victim}_auth".users; RETURN 'read'; END $f$""",
    """CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
    EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT "{own}".read_users()';
    PERFORM set_config('search_path', '{own}', false); RETURN old; END $f$""",
    "CREATE TRIGGER spring BEFORE DELETE ON profiles FOR EACH ROW EXECUTE FUNCTION spring()",
    'GRANT USAGE ON SCHEMA "{own}" TO PUBLIC',
    "GRANT ALL ON loot TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION read_users() TO PUBLIC",
)


@dataclass
class Victim:
    app: App
    before: str
    settings: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def victim(world: World) -> AsyncIterator[Victim]:
    async with opened(world):
        yield await made_victim(world)


async def made_victim(world: World) -> Victim:
    app = await world.app(VICTIM)
    async with world.shard.auth() as connection:
        await connection.execute(
            f'INSERT INTO "{app.ref}_auth".users (id, email, encrypted_password)'
            f" VALUES ('{SOMEBODY}', '{SECRET}@example.com', '{SECRET}')"
        )
    settings = await ask(world, app, Role.ANON, SETTINGS)
    return Victim(app, await snapshot(world, app.ref), settings)


@pytest.mark.parametrize("attempt", tuple(attempts()), ids=lambda attempt: attempt.name)
async def test_run_all_the_same_it_reaches_nothing(world: World, victim: Victim, attempt: Attempt) -> None:
    own = await world.app(ATTACKER)
    answers = await attack(world, attempt, victim.app.ref, own)
    for role in Role:
        answers.append(await ask(world, own, role, "SELECT string_agg(body, ' ') FROM loot"))
    assert [answer for answer in answers if SECRET in answer] == []
    # Who comes next on these connections finds them as they were.
    assert SECRET in await ask(world, victim.app, Role.ANON, "SELECT min(body) FROM todos")
    assert await ask(world, victim.app, Role.ANON, SETTINGS) == victim.settings
    assert await ask(world, victim.app, Role.ANON, LEFT) == "0 None None"
    assert await snapshot(world, victim.app.ref) == victim.before


async def test_what_a_users_deletion_sets_off_reaches_no_other_users(world: World, victim: Victim) -> None:
    """It runs in the session of the login that sees the users of all apps."""
    own = await world.app(ATTACKER)
    users = f'"{own.ref}_auth".users'
    async with world.shard.owner(own.ref) as owner:
        for statement in _SPRING:
            await owner.run(named(statement, victim.app.ref, own.ref))
    async with world.shard.auth() as connection:
        made = await connection.fetchval(f"INSERT INTO {users} DEFAULT VALUES RETURNING id")
    async with world.shard.owner(own.ref) as owner:
        await owner.run(f"INSERT INTO profiles VALUES ('{made}')")
    async with world.shard.auth() as connection:
        await connection.execute(f"DELETE FROM {users} WHERE id = '{made}'")
    assert await ask(world, own, Role.OWNER, "SELECT count(*) FROM loot") == "0 None None"
    assert await ask(world, own, Role.OWNER, "SELECT count(*) FROM profiles") == "0 None None"
    async with world.shard.auth() as connection:
        assert await connection.fetchval("SELECT current_setting('search_path')") == "pg_catalog"


async def test_what_leaks_would_be_seen(world: World, victim: Victim) -> None:
    app = await world.app([*ATTACKER, *VICTIM])
    attempt = Attempt("own", "", f'insert into loot select body from "{app.ref}".todos; delete from todos;')
    before = await snapshot(world, app.ref)
    answers = await attack(world, attempt, app.ref, app)
    assert any(SECRET in answer for answer in answers)
    assert await snapshot(world, app.ref) != before
