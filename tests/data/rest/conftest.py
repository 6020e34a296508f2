"""A library that a module's tests share, and a client of it."""

import pytest_asyncio

from dev.supabase.client import SupabaseClient
from tests.data.rest.library import Run, library, runner
from tests.data.world import App, World


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(world: World) -> App:
    return await library(world)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(supabase: SupabaseClient, app: App) -> Run:
    return runner(supabase, app)
