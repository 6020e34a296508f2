"""Whatever fails and whenever the deployer dies: pages are whole, and at the end the API tells the truth."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from common.testing.budget import within
from dev.edge.launcher import Edge
from tests.deployer.chaos import LATEST_MS, SETTINGS, Chaos, digests, version_of_app
from tests.deployer.service import WAIT, World, new_app, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = float(os.environ.get("CHAOS_SECONDS", "8"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    edge: Edge, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A service that soon gives a request up, and whose work another soon takes over."""
    folder: Path = tmp_path_factory.mktemp("chaos")
    async with world(
        edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder, settings=SETTINGS
    ) as running:
        yield running


async def repeat(until: float, step: Callable[[], Awaitable[None]]) -> None:
    while time.monotonic() < until:
        await step()


async def test_what_is_served_is_what_the_api_says(clean: World) -> None:
    chaos = Chaos(clean, random.Random(SEED), *new_app())
    number = iter(range(1, 1_000_000))
    first = version_of_app(0)
    chaos.assets |= digests(first)
    await clean.deploy(chaos.app_id, first, version=0)

    async def fail() -> None:
        await chaos.fault(chaos.script)
        await asyncio.sleep(chaos.rng.uniform(0, 2))

    async def kill() -> None:
        await asyncio.sleep(chaos.rng.uniform(0, 4))
        await chaos.kill()

    end = time.monotonic() + SECONDS
    await asyncio.gather(
        repeat(end, lambda: chaos.deploy(next(number))),
        repeat(end, chaos.visit),
        repeat(end, chaos.make_orphan),
        repeat(end, fail),
        repeat(end, kill),
    )
    await clean.clear_faults()
    await asyncio.sleep(LATEST_MS / 1000)  # the last of what was late has come
    began = time.monotonic()
    async with asyncio.timeout(WAIT):
        while (difference := await chaos.difference()) is not None:
            chaos.seen[f"last: {difference}"[:200]] = round(time.monotonic() - began)
            await chaos.visit()
    seconds = time.monotonic() - began
    await chaos.count_outcomes()
    print(f"seed {SEED}: all agreed {seconds:.1f} s after the last fault; {dict(sorted(chaos.seen.items()))}")  # noqa: T201
    assert chaos.wrong == []
    assert seconds < within(25)
