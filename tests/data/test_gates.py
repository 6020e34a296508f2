"""What keeps apps apart on one shard, proved on the database itself."""

import asyncio
import json
from dataclasses import replace

import pytest
from asyncpg.exceptions import InsufficientPrivilegeError, PostgresError

from data.clients.shard import NO_CLAIMS, Shard
from data.domain.realm import Names, Role
from data.domain.rest.statement import CHECKS
from data.errors import ShardAway
from tests.data.hostile import opened
from tests.data.world import SECONDS, App, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTES = (
    """CREATE TABLE notes (id int PRIMARY KEY, owner uuid NOT NULL DEFAULT auth.uid(), body text NOT NULL)"""
)
SOMEBODY = "11111111-1111-4111-8111-111111111111"
WAYS_OUT = {
    "set_config": "BEGIN PERFORM set_config('role', '{role}', true); RETURN current_user; END",
    "SET ROLE": "BEGIN EXECUTE 'SET ROLE {role}'; RETURN current_user; END",
    "SET LOCAL ROLE": "BEGIN SET LOCAL ROLE {role}; RETURN current_user; END",
    "RESET ROLE": "BEGIN RESET ROLE; RETURN current_user; END",
    "pg_settings": "BEGIN UPDATE pg_settings SET setting = '{role}' WHERE name = 'role';"
    " RETURN current_user; END",
    "session": "BEGIN SET SESSION AUTHORIZATION {role}; RETURN current_user; END",
    "reset session": "BEGIN RESET SESSION AUTHORIZATION; RETURN current_user; END",
}


async def ask(world: World, app: App, role: Role, query: str, *params: str, sub: str = SOMEBODY) -> str:
    claims = json.dumps({"sub": sub, "role": role})
    body = f"SELECT NULL::bigint, 1::bigint, ({query})::text"
    answer = await world.shard.call(app.ref, role, body, params, claims, foreign_code=True, read_only=False)
    return answer.body


async def test_policies_see_who_asks(world: World) -> None:
    app = await world.app(
        [
            NOTES,
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY own ON notes USING (auth.uid() = owner)",
            f"INSERT INTO notes VALUES (1, '{SOMEBODY}', 'mine'), (2, gen_random_uuid(), 'theirs')",
        ]
    )
    seen = await ask(world, app, Role.AUTHENTICATED, "SELECT string_agg(body, ',') FROM notes")
    assert seen == "mine"
    assert await ask(world, app, Role.ANON, "SELECT count(*) FROM notes", sub="") == "0"


@pytest.mark.parametrize("way", WAYS_OUT)
async def test_no_function_leaves_its_gate(world: World, way: str) -> None:
    victim, attacker = await world.app([NOTES]), await world.app()
    body = WAYS_OUT[way].format(role=Names(victim.ref).role(Role.OWNER))
    async with world.shard.owner(attacker.ref) as owner:
        await owner.run(f"CREATE FUNCTION leave() RETURNS text LANGUAGE plpgsql AS $f$ {body} $f$")
    for role in Role:
        try:
            became = await ask(world, attacker, role, "SELECT leave()")
        except PostgresError as refused:
            assert "security-definer" in str(refused) or "permission denied" in str(refused), refused  # noqa: PT017
        else:
            assert became == Names(attacker.ref).role(role)


async def test_a_cursor_that_is_held_is_not_read_to_its_end_outside_of_the_gate(world: World) -> None:
    """At its end the transaction would read it as the session's user, who may not: it would fail."""
    app = await world.app(
        [
            "CREATE TABLE became (who text)",
            (
                "CREATE FUNCTION become() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN"
                " INSERT INTO became VALUES (current_user || '/' || session_user); RETURN 1; END $f$"
            ),
            (
                "CREATE FUNCTION leave() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN"
                " EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT become() FROM generate_series(1, 3)';"
                " RETURN 'left'; END $f$"
            ),
        ]
    )
    for role in Role:
        assert await ask(world, app, role, "SELECT leave()") == "left"
    async with world.shard.owner(app.ref) as owner:
        await owner.run("DECLARE run CURSOR WITH HOLD FOR SELECT become() FROM generate_series(1, 3)")
    async with world.superuser() as connection:
        assert await connection.fetch(f"SELECT who FROM {app.ref}.became") == []


async def test_a_role_reaches_no_other_app(world: World) -> None:
    victim, attacker = await world.app([NOTES]), await world.app()
    for role in Role:
        with pytest.raises(InsufficientPrivilegeError):
            await ask(world, attacker, role, f"SELECT count(*) FROM {victim.ref}.notes")
        with pytest.raises(InsufficientPrivilegeError):
            await ask(
                world,
                attacker,
                role,
                f"SELECT body FROM {Names(victim.ref).gate(Role.OWNER)}('SELECT 1', '{{}}', '')",
            )


async def test_what_a_function_leaves_in_the_session_is_gone_for_the_next(world: World) -> None:
    app, next_one = await world.app(), await world.app()
    async with world.shard.owner(app.ref) as owner:
        await owner.run(
            "CREATE FUNCTION spoil() RETURNS text LANGUAGE sql AS $f$"
            " SELECT set_config('statement_timeout', '0', false) || pg_advisory_lock(1)::text $f$"
        )
    before = await ask(world, next_one, Role.ANON, "SELECT current_setting('statement_timeout')", sub="")
    async with opened(world):
        await ask(world, app, Role.ANON, "SELECT spoil()", sub="")
    for _ in range(5):
        assert (
            await ask(world, next_one, Role.ANON, "SELECT current_setting('statement_timeout')", sub="")
            == before
        )
    async with world.superuser() as connection:
        held = await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1"
        )
    assert held == 0


async def test_the_requests_login_is_of_no_role_and_owns_nothing(world: World) -> None:
    app = await world.app([NOTES])
    login = world.shard.config.login("requests")
    async with world.superuser() as connection:
        memberships = await connection.fetchval(
            "SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole", login
        )
        tables = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S')"
            " AND relnamespace::regnamespace::text IN ($2, $2 || '_auth', 'overskill_auth', 'public')"
            " AND has_table_privilege($1, oid, 'SELECT, INSERT, UPDATE, DELETE')",
            login,
            app.ref,
        )
    assert (memberships, tables) == (0, 0)


async def test_the_admin_is_of_no_role_once_a_realm_is_made(world: World) -> None:
    app = await world.app([NOTES])
    async with world.superuser() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM pg_auth_members WHERE member = $1::regrole"
            " AND roleid::regrole::text LIKE $2 || '%' AND (set_option OR inherit_option)",
            world.shard.config.admin,
            app.ref,
        )
    assert left == 0


HIJACK = """
CREATE FUNCTION hijack() RETURNS text LANGUAGE plpgsql AS $f$
DECLARE held record;
BEGIN
  FOR held IN SELECT name, parameter_types FROM pg_prepared_statements LOOP
    EXECUTE format('DEALLOCATE %I', held.name);
    EXECUTE format(
      'PREPARE %I (text, text[], text) AS SELECT 1::bigint AS total, 1::bigint AS returned,'
      ' %I.became($1) AS body, NULL::text AS headers, NULL::text AS status WHERE $2 IS NULL OR $3 <> $1',
      held.name, current_schema()
    );
  END LOOP;
  RETURN current_user;
END $f$"""
BECAME = (
    "CREATE FUNCTION became(text) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN current_user; END $f$"
)


async def test_a_statement_that_the_service_has_prepared_cannot_be_replaced(world: World) -> None:
    """What is prepared runs as the login itself, which may enter every gate."""
    app = await world.app([BECAME, HIJACK, "GRANT EXECUTE ON FUNCTION became(text) TO PUBLIC"])
    async with world.shard.owner(app.ref) as owner:
        await owner.run(f"GRANT USAGE ON SCHEMA {app.ref} TO PUBLIC")
    for _ in range(10):
        assert await ask(world, app, Role.ANON, "SELECT hijack()") == Names(app.ref).role(Role.ANON)
        assert await ask(world, app, Role.ANON, "SELECT 'own'") == "own"
    async with world.shard.owner(app.ref) as owner:
        for _ in range(3):
            await owner.fetch("SELECT NULL::bigint, 1::bigint, hijack()")
            found = await owner.connection.fetchval("SELECT 'own'")
            assert found == "own"


async def test_code_that_came_after_the_schema_was_read_leaves_no_statement_of_its_own(world: World) -> None:
    """A request that was rendered before an app had functions goes where statements are kept prepared."""
    app = await world.app([BECAME, HIJACK, "GRANT EXECUTE ON FUNCTION became(text) TO PUBLIC"])
    async with world.shard.owner(app.ref) as owner:
        await owner.run(f"GRANT USAGE ON SCHEMA {app.ref} TO PUBLIC")

    async def asked(body: str, check: str = "true") -> str:
        row = f"SELECT NULL::bigint AS total, 1::bigint AS returned, {body} AS body"
        query = f"SELECT total, returned, body FROM ({row}) a"
        answer = await world.shard.call(
            app.ref, Role.ANON, f"{query} WHERE {check}", [], NO_CLAIMS, foreign_code=False, read_only=False
        )
        return answer.body

    of_before = f"{CHECKS}.accepts('{app.ref}', -1, a.returned, length(a.body), 100, false, NULL)"
    for _ in range(3):
        assert await asked("'own'") == "own"
        with pytest.raises(PostgresError, match="the schema has changed"):
            await asked("hijack()", of_before)
        assert await asked("'own'") == "own"
    given_up = asyncio.create_task(asked("hijack() || pg_sleep(600)"))
    async with asyncio.timeout(SECONDS), world.superuser() as connection:
        while not await connection.fetchval("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            await asyncio.sleep(0.05)
    given_up.cancel()
    await asyncio.wait([given_up])
    assert await asked("'own'") == "own"


async def test_a_function_that_will_not_be_cancelled_ends_with_its_request(world: World) -> None:
    app = await world.app(
        [
            """CREATE FUNCTION stay() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
              LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;
            END $f$"""
        ]
    )
    shard = Shard(replace(world.shard.config, statement_seconds=0.2))
    query = "SELECT NULL::bigint, 1::bigint, stay() /* to the end */"
    try:
        with pytest.raises(ShardAway):
            await shard.call(app.ref, Role.ANON, query, [], NO_CLAIMS, foreign_code=True, read_only=False)
        async with asyncio.timeout(SECONDS), world.superuser() as connection:
            running = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = $1"
            while await connection.fetchval(running, shard.config.login("requests")):
                await asyncio.sleep(0.1)
    finally:
        await shard.close()
