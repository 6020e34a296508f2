"""What the first run would otherwise wait for."""

import asyncio

from orchestrator.usecases.resources import Resources


async def warm_up(resources: Resources, default_template: str) -> None:
    """Loads the vendors' SDKs, the price list and the newest default template."""
    await resources.model.warm_up()
    if resources.pictures is not None:
        await resources.pictures.warm_up()
    await asyncio.to_thread(resources.pricing.warm_up)
    await resources.templates.get(await resources.templates.newest(default_template))
