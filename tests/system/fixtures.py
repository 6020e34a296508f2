"""The whole stack on free ports and temporary state, shared by all tests that need all of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from tests.caches import BUILDER_CACHE
from tests.system.api import Api


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Prepared packages are kept between test runs; everything else is new."""
    state: Path = tmp_path_factory.mktemp("stack")
    for folder in (state, *state.parents[:2]):
        folder.chmod(0o755)  # the database and the builds run as other users
    config = StackConfig.temporary(state, builder={"BUILDER_CACHE_DIR": str(BUILDER_CACHE)})
    async with Stack(config) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    async with Api(stack.api_url, stack.api_key) as api:
        yield api
