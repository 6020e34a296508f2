"""What makes the first build as fast as the next: packages installed and sandboxes started ahead."""

import asyncio
from collections import defaultdict

from builder.clients.dependencies import key_of
from builder.clients.sandbox.pool import SandboxBase
from builder.usecases.resources import Resources
from common.contracts.templates import TemplateRelease
from common.logging import get_logger

logger = get_logger(__name__)


async def warm_up(resources: Resources) -> None:
    """Prepares the newest version of every template, then waits for the end of the process.

    Sandboxes wait for those that share their packages with most others.
    """
    await resources.runner.check()
    alike: defaultdict[str, list[TemplateRelease]] = defaultdict(list)
    for ref in await resources.templates.offers():
        template = await resources.templates.get(ref)
        alike[key_of(template.files)].append(template)
    for rank, templates in enumerate(sorted(alike.values(), key=len, reverse=True)):
        first = templates[0]
        modules = await resources.dependencies.prepare(first.files)
        if rank == 0:
            resources.sandboxes.refill(SandboxBase(f"{first.ref}:{first.digest}", first.files, modules))
        logger.info("builds of templates are prepared", templates=[str(one.ref) for one in templates])
    resources.browsers.refill()
    await asyncio.Event().wait()
