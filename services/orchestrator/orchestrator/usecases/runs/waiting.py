"""What a run's conversation waits for, within bounds, while it holds its lease."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.runs import Lease
from orchestrator.usecases.resources import Resources

_UNHEARD_SECONDS = 5.0  # should an announcement have gone missing

T = TypeVar("T")


async def wait_for(
    resources: Resources, lease: Lease, find: Callable[[AsyncSession], Awaitable[T | None]], seconds: float
) -> T | None:
    """What `find` reads, which is asked again whenever something happens to the app; None after `seconds`.

    Raises LeaseLost as soon as the run has ended or is another's.
    """
    until = asyncio.get_running_loop().time() + seconds
    with resources.hub.listen(lease.app_id) as news:
        while True:
            news.clear()
            async with resources.db.begin() as session:
                await lease.hold(session)
                found = await find(session)
            left = until - asyncio.get_running_loop().time()
            if found is not None or left <= 0:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _UNHEARD_SECONDS)):
                    await news.wait()
