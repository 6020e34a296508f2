"""The SQL that prepares a shard and makes a realm on it: roles, schemas and the gates into it.

A login that is a member of every app's role and switches by SET ROLE keeps nobody apart: that is checked
against the session's user, so any function of an app may switch on to another's role. Here the requests'
login is a member of no role at all. It may only call gates: SECURITY DEFINER functions, each owned by one
role of one realm, within which PostgreSQL refuses to change the role by whatever way
(docs/decisions/0031).
"""

from collections.abc import Iterator

from data.clients.auth_tables import auth_statements
from data.clients.checks import check_statements
from data.clients.flows import flow_statements
from data.clients.limits import limit_statements
from data.domain.quoting import literal, quoted
from data.domain.realm import EXTENSIONS, GATES, PLATFORM, Names, Role

_CLAIMS = "nullif(current_setting('request.jwt.claims', true), '')::jsonb"


def shard_statements(database: str, request_login: str, auth_login: str) -> Iterator[str]:
    """What a shard needs once; all of it may be repeated."""
    name = quoted(database)
    request, auth = quoted(request_login), quoted(auth_login)
    yield f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"
    yield f"GRANT CONNECT ON DATABASE {name} TO {request}, {auth}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    for schema in ("auth", EXTENSIONS, GATES, PLATFORM):
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    yield f"GRANT USAGE ON SCHEMA auth, {EXTENSIONS} TO PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {GATES} TO {request}"
    yield f"GRANT USAGE ON SCHEMA {PLATFORM} TO {auth}"
    # Names and meaning are Supabase's, so that policies are portable.
    yield (
        "CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS "
        f"$$ SELECT coalesce({_CLAIMS}, '{{}}'::jsonb) $$"
    )
    for function, claim, kind in (
        ("uid", "sub", "uuid"),
        ("role", "role", "text"),
        ("email", "email", "text"),
    ):
        yield (
            f"CREATE OR REPLACE FUNCTION auth.{function}() RETURNS {kind} LANGUAGE sql STABLE AS "
            f"$$ SELECT nullif({_CLAIMS} ->> '{claim}', '')::{kind} $$"
        )
    yield (
        f"CREATE OR REPLACE FUNCTION {EXTENSIONS}.uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE AS "
        "$$ SELECT gen_random_uuid() $$"
    )
    yield from _platform_tables()
    yield from limit_statements(auth)
    yield from flow_statements(auth)
    yield from auth_statements(auth)
    yield from check_statements()


def _platform_tables() -> Iterator[str]:
    """What a shard knows of its realms."""
    yield (
        f"CREATE TABLE IF NOT EXISTS {PLATFORM}.realms ("
        "ref text PRIMARY KEY, schema_version bigint NOT NULL DEFAULT 0, "
        "created_at timestamptz NOT NULL DEFAULT now())"
    )
    # Beside what they change, so that both are there or neither.
    yield (
        f"CREATE TABLE IF NOT EXISTS {PLATFORM}.migrations ("
        f"realm text REFERENCES {PLATFORM}.realms ON DELETE CASCADE, number bigint, path text NOT NULL, "
        "digest text NOT NULL, sql text NOT NULL, deployment_id text, "
        "applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (realm, number))"
    )
    # Beside what it has put back, so that a restore that is begun again is not done twice.
    yield (
        f"CREATE TABLE IF NOT EXISTS {PLATFORM}.restores ("
        f"id text PRIMARY KEY, realm text NOT NULL REFERENCES {PLATFORM}.realms ON DELETE CASCADE)"
    )


def realm_statements(names: Names, admin: str, request_login: str, auth_login: str) -> Iterator[str]:
    """What makes a realm. Run in one transaction by the admin login `admin`, which then leaves its roles."""
    roles = ", ".join(quoted(names.role(role)) for role in Role)
    owner, schema = quoted(names.role(Role.OWNER)), quoted(names.schema)
    for role in Role:
        yield f"CREATE ROLE {quoted(names.role(role))} NOLOGIN NOINHERIT"
    yield f"GRANT {roles} TO {quoted(admin)}"
    yield f"CREATE SCHEMA {schema} AUTHORIZATION {owner}"
    yield f"GRANT CREATE ON SCHEMA {GATES} TO {roles}"
    for role in Role:
        yield from _gate(names, role, admin, request_login)
    yield from _run_gate(names, admin, request_login)
    yield f"REVOKE CREATE ON SCHEMA {GATES} FROM {roles}"
    yield f"REVOKE {roles} FROM {quoted(admin)}"
    yield from _users(names, auth_login)
    yield from _schema_grants(names)


def emptied_statements(names: Names, admin: str) -> Iterator[str]:
    """What makes a realm's schema anew, without anything in it; users and gates stay."""
    roles = ", ".join(quoted(names.role(role)) for role in Role)
    schema, owner = quoted(names.schema), quoted(names.role(Role.OWNER))
    yield f"GRANT {roles} TO {quoted(admin)}"
    yield f"DROP SCHEMA {schema} CASCADE"
    yield f"CREATE SCHEMA {schema} AUTHORIZATION {owner}"
    yield f"REVOKE {roles} FROM {quoted(admin)}"
    yield from _schema_grants(names)


def _schema_grants(names: Names) -> Iterator[str]:
    schema = quoted(names.schema)
    users = f"{quoted(names.role(Role.ANON))}, {quoted(names.role(Role.AUTHENTICATED))}"
    defaults = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {users}",
        f"{defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {users}",
        f"{defaults} GRANT USAGE, SELECT ON SEQUENCES TO {users}",
        "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        f"{defaults} GRANT EXECUTE ON FUNCTIONS TO {users}",
    ):
        yield f"SELECT {names.run_gate}({literal(statement)})"


def _gate(names: Names, role: Role, admin: str, request_login: str) -> Iterator[str]:
    """The role's gate: answers a query whose columns are `total, returned, body`."""
    gate = names.gate(role)
    yield f"""CREATE FUNCTION {gate}(query text, params text[], claims text,
        OUT total bigint, OUT returned bigint, OUT body text, OUT headers text, OUT status text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = {quoted(names.schema)}, {EXTENSIONS}, pg_temp
    AS $gate$
    #variable_conflict use_variable
    BEGIN
      PERFORM pg_catalog.set_config('request.jwt.claims', claims, true);
      EXECUTE query INTO total, returned, body USING params;
      {_leave(names, role)}
      headers := nullif(pg_catalog.current_setting('response.headers', true), '');
      status := nullif(pg_catalog.current_setting('response.status', true), '');
    END $gate$"""
    yield from _hand_over(f"{gate}(text, text[], text)", names.role(role), admin, request_login)


def _run_gate(names: Names, admin: str, request_login: str) -> Iterator[str]:
    gate = names.run_gate
    yield f"""CREATE FUNCTION {gate}(statement text) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = {quoted(names.schema)}, {EXTENSIONS}, pg_temp
    AS $gate$
    BEGIN
      EXECUTE statement;
      {_leave(names, Role.OWNER)}
    END $gate$"""
    yield from _hand_over(f"{gate}(text)", names.role(Role.OWNER), admin, request_login)


def _leave(names: Names, role: Role) -> str:
    """How a gate ends, so that nothing of the app's is left to run at the commit, as the session's user.

    A cursor WITH HOLD is read there: all are closed. A deferred trigger runs there, and before PostgreSQL 18
    as that user too; one that fires now could put itself off again, so the owner may make nothing deferrable.
    """
    leave = "SET CONSTRAINTS ALL IMMEDIATE; EXECUTE 'CLOSE ALL';"
    if role is not Role.OWNER:
        return leave
    schema = literal(names.schema)
    return f"""{leave}
      IF EXISTS (
        SELECT FROM pg_catalog.pg_trigger
        JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) tgrelid
        WHERE relnamespace OPERATOR(pg_catalog.=) {schema}::pg_catalog.regnamespace::pg_catalog.oid
          AND tgdeferrable
      ) THEN
        RAISE EXCEPTION 'constraints and triggers of an app are not deferrable'
          USING ERRCODE = 'feature_not_supported', HINT = 'Leave out DEFERRABLE.';
      END IF;"""


def _hand_over(function: str, owner: str, admin: str, request_login: str) -> Iterator[str]:
    callers = f"{quoted(admin)}, {quoted(request_login)}"
    yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
    yield f"ALTER FUNCTION {function} OWNER TO {quoted(owner)}"
    yield f"GRANT EXECUTE ON FUNCTION {function} TO {callers}"  # whom the change of owner would take it from


def _users(names: Names, auth_login: str) -> Iterator[str]:
    """The user pool, under Supabase's column names. The app may refer to users and see who they are."""
    schema, owner = quoted(names.auth_schema), quoted(names.role(Role.OWNER))
    table = f"{schema}.users"
    yield f"CREATE SCHEMA {schema}"
    yield f"""CREATE TABLE {table} (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      email text UNIQUE,
      encrypted_password text,
      email_confirmed_at timestamptz,
      email_change text,
      last_sign_in_at timestamptz,
      raw_app_meta_data jsonb NOT NULL DEFAULT '{{}}',
      raw_user_meta_data jsonb NOT NULL DEFAULT '{{}}',
      is_anonymous boolean NOT NULL DEFAULT false,
      banned_until timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now())"""
    yield f"GRANT USAGE ON SCHEMA {schema} TO {owner}, {quoted(auth_login)}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {quoted(auth_login)}"
    yield f"GRANT REFERENCES (id), SELECT (id, email, raw_user_meta_data, created_at) ON {table} TO {owner}"


def drop_statements(names: Names, admin: str) -> Iterator[str]:
    """What removes a realm with all that is in it; the admin login has to be of its roles for that."""
    roles = ", ".join(quoted(names.role(role)) for role in Role)
    yield f"GRANT {roles} TO {quoted(admin)}"
    yield f"DROP SCHEMA {quoted(names.schema)}, {quoted(names.auth_schema)} CASCADE"
    yield f"DROP OWNED BY {roles} CASCADE"
    yield f"DROP ROLE {roles}"
