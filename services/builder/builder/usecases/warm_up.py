"""What makes the first build as fast as the next: packages installed and sandboxes started ahead."""

import asyncio

from builder.clients.sandbox.pool import SandboxBase
from builder.usecases.resources import Resources
from common.logging import get_logger

logger = get_logger(__name__)


async def warm_up(resources: Resources) -> None:
    """Prepares the newest version of every template, then waits for the end of the process."""
    await resources.runner.check()
    for ref in await resources.templates.newest_of_all():
        template = await resources.templates.get(ref)
        modules = await resources.dependencies.prepare(template.files)
        resources.sandboxes.refill(SandboxBase(f"{ref}:{template.digest}", template.files, modules))
        logger.info("builds of a template are prepared", template=str(ref))
    resources.browsers.refill()
    await asyncio.Event().wait()
