"""The stack's database: one role and schema for each service that keeps state."""

from collections.abc import Mapping

from common.testing.postgres import Postgres

STATEFUL_SERVICES = ("orchestrator", "builder", "deployer")
DATABASE = "overskill"


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
