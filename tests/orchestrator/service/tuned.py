"""The world's orchestrator with other settings for a while."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.orchestrator.service.world import World


@asynccontextmanager
async def tuned(world: World, **settings: str) -> AsyncIterator[None]:
    """Starts it anew with these settings beside its usual ones, and in the end as it was before."""
    process = world.stack.processes["orchestrator"]
    usual = process.spec
    await _restart(world, replace(usual, environment={**usual.environment, **settings}))
    try:
        yield
    finally:
        await _restart(world, usual)


async def _restart(world: World, spec: object) -> None:
    process = world.stack.processes["orchestrator"]
    await world.stack.kill("orchestrator", signal.SIGTERM)  # gives back the messages it waits for
    process.spec = spec  # type: ignore[assignment]  # a Spec, which only the stack's own modules make
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
