"""Removing what builders that were killed have left behind, while this one runs."""

import asyncio

from builder.metrics import LEFTOVERS
from builder.usecases.resources import Resources
from common.logging import get_logger

logger = get_logger(__name__)


async def sweep_loop(resources: Resources) -> None:
    """Looks every `sweep_seconds`; what belongs to a running builder, this one or another, is left alone."""
    sweepers = {
        "sandbox": resources.runner.sweep,
        "install": resources.dependencies.sweep,
        "resolve": resources.registry.sweep,
    }
    while True:
        for kind, sweep in sweepers.items():
            count = await asyncio.to_thread(sweep)
            if count:
                LEFTOVERS.labels(kind).inc(count)
                logger.warning("leftovers of builders that were killed removed", kind=kind, count=count)
        await asyncio.sleep(resources.settings.sweep_seconds)
