"""The reconciler: now and then looks for work that stands still and has its message sent again."""

import asyncio
from collections.abc import Awaitable, Callable

from common.logging import get_logger

logger = get_logger(__name__)


async def reconcile_loop(name: str, interval: float, step: Callable[[], Awaitable[int]]) -> None:
    """Calls `step` every `interval` seconds; it answers how many pieces of work it sent again."""
    while True:
        resent = await step()
        if resent:
            logger.warning("work stood still and was sent again", work=name, count=resent)
        await asyncio.sleep(interval)
