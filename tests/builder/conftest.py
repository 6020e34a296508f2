"""A real edge, templates service and builder for a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dev.edge.launcher import Edge, running_edge
from tests.builder.world import Process, World, templates_service, world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    async with running_edge(tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def templates(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Process]:
    async with templates_service(tmp_path_factory.mktemp("templates")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    request: pytest.FixtureRequest,
    edge: Edge,
    templates: Process,
    postgres_url: str,
    nats_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """With the settings that the module has as `SETTINGS`."""
    folder, settings = tmp_path_factory.mktemp("builder"), getattr(request.module, "SETTINGS", {})
    async with world(
        edge, templates, postgres_url=postgres_url, nats_url=nats_url, folder=folder, **settings
    ) as running:
        yield running
