"""Brings the files that do not ride in the script into R2."""

import asyncio

from common.objects import ObjectStore
from deployer.domain.plan import Plan, PlannedFile
from deployer.usecases.together import together

PARALLEL = 8


async def store_assets(assets: ObjectStore, plan: Plan) -> int:
    """Upload what is missing, a few at a time; the bytes sent. Keys are digests: what is there is right."""
    gate = asyncio.Semaphore(PARALLEL)

    async def ensure(item: PlannedFile) -> int:
        async with gate:
            if await assets.exists(item.object_key):
                return 0
            await assets.put(item.object_key, item.file.data, item.content_type)
            return len(item.file.data)

    wanted = {item.object_key: item for item in plan.stored}
    return sum(await together(*(ensure(item) for item in wanted.values())))
