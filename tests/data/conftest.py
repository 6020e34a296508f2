"""One world a worker: started with the first test that needs it, shared by the modules of this folder."""

from collections.abc import AsyncIterator

import pytest_asyncio

from dev.supabase.client import SupabaseClient, supabase_client
from tests.data.world import PROXY, World, running_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with running_world(data={"TRUSTED_PROXIES": f'["{PROXY}/32"]'}) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def supabase() -> AsyncIterator[SupabaseClient]:
    async with supabase_client() as running:
        yield running
