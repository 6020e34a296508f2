"""One real edge a module, and the service in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from common.database import Database
from dev.edge.launcher import Edge, running_edge
from tests.deployer.service import World, database, world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    async with running_edge(tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with database(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    edge: Edge, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("deployer")
    async with world(edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def clean(service: World) -> AsyncIterator[World]:
    """The service with an edge that answers truly and has forgotten earlier requests."""
    await service.clear_faults()
    yield service
    await service.clear_faults()
