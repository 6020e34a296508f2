"""One world a worker: started with the first test that needs it, shared by the modules of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.data.world import World, running_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with running_world() as running:
        yield running
