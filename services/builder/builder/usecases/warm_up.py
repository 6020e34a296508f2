"""What makes the first build as fast as the next: packages installed and sandboxes started ahead."""

import asyncio

from builder.clients.sandbox.pool import SandboxBase
from builder.usecases.pools import Pools
from common.logging import get_logger

logger = get_logger(__name__)


async def warm_up(pools: Pools) -> None:
    """Prepares the newest version of every template, then waits for the end of the process."""
    await pools.isolation.check()
    for name in await pools.templates.newest():
        template = await pools.templates.get(name)
        modules = await pools.dependencies.prepare(template.files)
        pools.sandboxes.refill(SandboxBase(f"{template.name}:{template.digest}", template.files, modules))
        logger.info("builds of a template are prepared", template=name)
    await asyncio.Event().wait()
