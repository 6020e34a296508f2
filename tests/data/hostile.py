"""Attempts of one app on another's data, and what is seen of whether they came to anything."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from asyncpg.exceptions import PostgresError

from data.domain.realm import Role
from data.domain.sql.parse import load
from data.domain.sql.rewrite import rewritten
from data.errors import ShardAway
from dev.stack.databases import CLOSING
from tests.data.world import App, World

ATTEMPTS = Path(__file__).parent / "attempts"
SOMEBODY = "11111111-1111-4111-8111-111111111111"
SECRET = "secret-3f9c1d"
"""Stands in every row of the victim, of its users too."""

VICTIM = (
    "CREATE TYPE state AS ENUM ('open', 'done')",
    "CREATE TABLE todos (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid, body text)",
    "ALTER TABLE todos ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE todos FORCE ROW LEVEL SECURITY",
    "CREATE POLICY own ON todos FOR ALL TO PUBLIC USING (true) WITH CHECK (true)",
    "CREATE VIEW all_todos WITH (security_invoker = true) AS SELECT * FROM todos",
    "CREATE FUNCTION read_all() RETURNS SETOF todos LANGUAGE sql AS 'SELECT * FROM todos'",
    f"INSERT INTO todos (user_id, body) SELECT '{SOMEBODY}', '{SECRET} ' || n FROM generate_series(1, 9) n",
    "ANALYZE todos",
)
_OPEN = """DO $$ DECLARE closed regprocedure; BEGIN
  FOR closed IN SELECT oid FROM pg_proc WHERE proacl::text LIKE '%apps_admin=X%' LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', closed);
  END LOOP; END $$"""
# Runs a text as whoever calls it: what an attacker could do if the allow-list let dynamic SQL through.
ATTACKER = (
    "CREATE TABLE loot (body text)",
    """CREATE FUNCTION run(statement text) RETURNS text LANGUAGE plpgsql AS
    $f$ BEGIN EXECUTE statement; RETURN 'done'; END $f$""",
    """CREATE FUNCTION read(VARIADIC queries text[]) RETURNS text LANGUAGE plpgsql AS $f$
    DECLARE query text; one record; found text := '';
    BEGIN
      FOREACH query IN ARRAY queries LOOP
        BEGIN
          FOR one IN EXECUTE query LOOP found := found || one::text; END LOOP;
        EXCEPTION WHEN OTHERS THEN found := found || sqlerrm;
        END;
      END LOOP;
      RETURN found;
    END $f$""",
)
READS = (
    "SELECT attack()",
    "SELECT * FROM stolen",
    "SELECT * FROM loot",
    'SELECT * FROM "{victim}".todos',
    'SELECT * FROM "{victim}".all_todos',
    'SELECT * FROM "{victim}".read_all()',
    'SELECT * FROM "{victim}_auth".users',
)


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[None]:
    """As where no superuser has closed what reaches further: apps are kept apart there as well."""
    async with world.superuser() as superuser:
        await superuser.execute(_OPEN)
        try:
            yield
        finally:
            await superuser.execute(CLOSING)


@dataclass(frozen=True)
class Attempt:
    """SQL with the names of both apps left open, and the code by which a migration of it is refused."""

    name: str
    code: str
    sql: str

    def between(self, victim: str, own: str) -> str:
        return named(self.sql, victim, own)


def named(sql: str, victim: str, own: str) -> str:
    return sql.replace("{victim_rest}", victim[1:]).replace("{victim}", victim).replace("{own}", own)


def attempts() -> Iterator[Attempt]:
    for path in sorted(ATTEMPTS.glob("*.sql")):
        for part in path.read_text(encoding="utf-8").split("-- attempt: ")[1:]:
            name, refused, sql = part.split("\n", 2)
            yield Attempt(name, refused.removeprefix("-- refused: "), sql)


async def attack(world: World, attempt: Attempt, victim: str, own: App) -> list[str]:
    """Does it by each way into the attacker's own realm, as if nothing were refused; what was answered."""
    answers: list[str] = []
    (migration,) = load({"supabase/migrations/1_attempt.sql": attempt.between(victim, own.ref)})
    for statement in migration.statements:
        text = rewritten(statement, own.ref) or statement.text
        with suppress(PostgresError, ShardAway):
            async with world.shard.owner(own.ref) as owner:
                await owner.run(text)
        for role in Role:
            answers += [
                await ask(world, own, role, f"SELECT {way}(($1)[1])", text) for way in ("read", "run")
            ]
    reads = [named(query, victim, own.ref) for query in READS]
    each = ", ".join(f"($1)[{n}]" for n in range(1, len(reads) + 1))
    answers += [await ask(world, own, role, f"SELECT read({each})", *reads) for role in Role]
    return answers


async def ask(world: World, app: App, role: Role, query: str, *params: str) -> str:
    """What a request sees, or the message it gets."""
    body = f"SELECT NULL::bigint, 1::bigint, ({query})::text"
    claims = json.dumps({"sub": SOMEBODY, "role": role})
    try:
        answer = await world.shard.call(
            app.ref, role, body, params, claims, foreign_code=True, read_only=False
        )
    except (PostgresError, ShardAway) as refused:
        return str(refused)
    return f"{answer.body} {answer.headers} {answer.status}"


async def snapshot(world: World, ref: str) -> str:
    """The victim's rows, users, objects and rights, and what belongs to all apps."""
    parts = [
        f"SELECT '{name}' AS what, string_agg(one::text, E'\\n') AS found FROM ({query}) AS one"
        for name, query in _SEEN.items()
    ]
    async with world.superuser() as connection:
        rows = await connection.fetch(" UNION ALL ".join(parts).replace("{ref}", ref))
    return "\n".join(f"{row['what']}: {row['found']}" for row in rows)


_IN_REALM = "IN (SELECT oid FROM pg_namespace WHERE nspname IN ('{ref}', '{ref}_auth'))"
_SHARED = (
    "IN (SELECT oid FROM pg_namespace WHERE nspname IN ('auth', 'extensions', 'overskill_auth', 'public'))"
)
_SEEN = {
    "rows": 'SELECT * FROM "{ref}".todos ORDER BY id',
    "users": 'SELECT * FROM "{ref}_auth".users ORDER BY id',
    "sequence": 'SELECT last_value, is_called FROM "{ref}".todos_id_seq',
    "schemas": "SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname LIKE '{ref}%'"
    " OR nspname IN ('auth', 'extensions', 'overskill_auth', 'overskill_gate', 'public') ORDER BY 1",
    "relations": f"SELECT oid, relname, relowner, relacl, relrowsecurity, relforcerowsecurity, relnatts"
    f" FROM pg_class WHERE relnamespace {_IN_REALM} OR relnamespace {_SHARED} ORDER BY 1",
    "functions": f"SELECT oid, proname, proowner, proacl, prosecdef, proconfig, prosrc FROM pg_proc"
    f" WHERE pronamespace {_IN_REALM} OR pronamespace {_SHARED} OR proname LIKE '{{ref}}%' ORDER BY 1",
    "types": f"SELECT oid, typname, typowner, typacl FROM pg_type WHERE typnamespace {_IN_REALM} ORDER BY 1",
    "policies": f"SELECT pg_policy.oid, polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid"
    f" WHERE relnamespace {_IN_REALM} ORDER BY 1",
    "triggers": f"SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    f" WHERE relnamespace {_IN_REALM} ORDER BY 1",
    "members": "SELECT roleid::regrole, admin_option, inherit_option, set_option FROM pg_auth_members"
    " WHERE roleid::regrole::text LIKE '{ref}%' OR member::regrole::text LIKE '{ref}%' ORDER BY 1",
    "roles": "SELECT rolname, rolsuper, rolcreaterole, rolcanlogin, rolconfig FROM pg_roles"
    " WHERE rolname LIKE '{ref}%' OR rolname NOT LIKE 'app\\_%' ORDER BY 1",
    "databases": "SELECT datname, datdba, datacl FROM pg_database ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension UNION ALL SELECT evtname FROM pg_event_trigger"
    " UNION ALL SELECT pubname FROM pg_publication UNION ALL SELECT slot_name FROM pg_replication_slots"
    " UNION ALL SELECT spcname FROM pg_tablespace ORDER BY 1",
    "session": "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2",
    "locks": "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' ORDER BY 1, 2",
}
