"""Pytest fixtures: a real PostgreSQL for the session with a database a module, and a real NATS a module."""

import secrets
from collections.abc import Iterator

import pytest

from common.testing.nats import Nats
from common.testing.postgres import Postgres
from common.testing.servers import Running, running_nats, running_postgres


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running[Postgres]]:
    """The session's server, shared by all modules: a test that stops it must start it again."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture(scope="module")
def postgres_url(postgres_server: Running[Postgres]) -> str:
    """The address of a fresh database that belongs to a fresh, ordinary role."""
    name = f"t{secrets.token_hex(6)}"
    password = secrets.token_hex(16)
    server = postgres_server.server
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}';\nCREATE DATABASE {name} OWNER {name};")
    return server.url(name, name, password)


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running[Nats]]:
    """The module's own server, so no stream of another module is seen; it may be stopped and started."""
    with running_nats(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest.fixture(scope="module")
def nats_url(nats_server: Running[Nats]) -> str:
    return nats_server.server.url
