"""The whole stack on free ports and temporary state, shared by all tests that need all of it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from tests.caches import BUILDER_CACHE
from tests.system.api import Api
from tests.users import open_folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Prepared packages are kept between test runs; everything else is new."""
    # What a browser sees of a build is the matter of tests/builder: looking costs several builds.
    own = {"BUILDER_CACHE_DIR": str(BUILDER_CACHE), "BUILDER_BROWSER_CHECK": "false"}
    # The database and the builds run as other users.
    with open_folder() as state:
        config = StackConfig.temporary(
            state, forked=True, builder=own, orchestrator={"PROVEN_PRODUCTION": "false"}
        )
        async with Stack(config) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[Api]:
    async with Api(stack.api_url, stack.api_key) as api:
        yield api
