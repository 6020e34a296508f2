"""The stack's databases: a role and schema for each service that keeps state, and one for apps' own data."""

from collections.abc import Collection, Mapping

from common.testing.postgres import Postgres

STATEFUL_SERVICES = ("orchestrator", "builder", "deployer", "data")
DATABASE = "overskill"
APPS_DATABASE = "apps"
APPS_ADMIN = "apps_admin"

# As docs/operations.md has it for operators: only a superuser may take these from everybody.
CLOSING = """\
DO $$
DECLARE closed regprocedure;
BEGIN
  FOR closed IN
    SELECT oid FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
      AND proname ~ ('^(lo_.*|loread|lowrite|pg_(try_)?advisory_(xact_)?lock.*|pg_notify|pg_logical_.*'
        || '|pg_stat_get_.*|pg_lock_status|pg_blocking_pids|pg_safe_snapshot_blocking_pids|pg_prepared_xact'
        || '|pg_(cancel|terminate)_backend|pg_export_snapshot|pg_(create|replication)_.*'
        || '|pg_(database|tablespace)_.*|(query|table|cursor|schema|database)_to_xml.*|ts_stat)$')
      AND has_function_privilege('public', oid, 'EXECUTE')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', closed);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO apps_admin', closed);
  END LOOP;
END $$;
"""
"""Closes what works beyond an app's own data, on a database of apps, for all roles but the admin's."""


def provision(server: Postgres, secrets: Mapping[str, str]) -> None:
    """Creates what is missing. A role owns its own schema and may create nothing elsewhere."""
    if DATABASE not in server.execute("SELECT datname FROM pg_database").split():
        server.execute(f"CREATE DATABASE {DATABASE}")
    roles = server.execute("SELECT rolname FROM pg_roles").split()
    schemas = server.execute("SELECT nspname FROM pg_namespace", DATABASE).split()
    statements = []
    for name in STATEFUL_SERVICES:
        if name not in roles:
            statements.append(f"CREATE ROLE {name} LOGIN;")
        statements.append(f"ALTER ROLE {name} PASSWORD '{secrets[f'{name}_database']}';")
        if name not in schemas:
            statements.append(f"CREATE SCHEMA {name} AUTHORIZATION {name};")
    server.execute("\n".join(statements), DATABASE)
    _provision_apps(server, secrets["apps_database"], roles)


def _provision_apps(server: Postgres, password: str, roles: Collection[str]) -> None:
    """The database of the apps' data, as an operator makes one: its admin is no superuser."""
    verb = "ALTER" if APPS_ADMIN in roles else "CREATE"
    server.execute(f"{verb} ROLE {APPS_ADMIN} LOGIN CREATEROLE PASSWORD '{password}'")
    if APPS_DATABASE not in server.execute("SELECT datname FROM pg_database").split():
        server.execute(f"CREATE DATABASE {APPS_DATABASE} OWNER {APPS_ADMIN}")
    server.execute(CLOSING, APPS_DATABASE)
