"""How long the queue is, as metrics: of all replicas together, so any of them tells it."""

import asyncio

from builder.db import queue
from builder.metrics import (
    PRIORITIES,
    QUEUE_AGE_SECONDS,
    QUEUE_LENGTH,
    RUNNING_BUILDS,
    RUNNING_TEAMS,
    priority,
)
from builder.usecases.resources import Resources

_EVERY_SECONDS = 5.0


async def measure_loop(resources: Resources) -> None:
    """Looks every few seconds."""
    while True:
        await measure(resources)
        await asyncio.sleep(_EVERY_SECONDS)


async def measure(resources: Resources) -> None:
    """Sets the gauges to what is now."""
    async with resources.db.begin() as session:
        found = await queue.lengths(session)
        teams = await queue.running_teams(session)
    RUNNING_TEAMS.set(teams)
    for name in PRIORITIES:
        mine = [one for one in found if priority(one.mode, speculative=one.speculative) == name]
        QUEUE_LENGTH.labels(name).set(sum(one.waiting for one in mine))
        QUEUE_AGE_SECONDS.labels(name).set(max((one.oldest_seconds for one in mine), default=0.0))
        RUNNING_BUILDS.labels(name).set(sum(one.running for one in mine))
