"""The work a process has taken from a queue: so much at once, and each piece given back when it stops."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Generic, TypeVar

from common.logging import get_logger

_CLOSE_SECONDS = 4.0

T = TypeVar("T")

logger = get_logger(__name__)


class Slots(Generic[T]):
    """At most `count` pieces of work at once, each known by what it is about.

    Work that ends with an error is only logged: whoever finds its lease run out takes it up.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self.share = max(1, count - 1)
        """How much of one kind may run, so that another never waits for all of it."""
        self.running: dict[asyncio.Task[None], T] = {}
        self._changed = asyncio.Event()

    @property
    def free(self) -> bool:
        """Whether more work may begin."""
        return len(self.running) < self._count

    def take(self, work: Coroutine[None, None, None], about: T) -> None:
        """Takes a slot until the work has ended."""
        task = asyncio.create_task(work)
        self.running[task] = about
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self.running[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("work left behind, to be taken up when its lease is over", exc_info=error)
        self.wake()

    def wake(self) -> None:
        """Ends the present `wait`: there may be something to begin with."""
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Until there may be something to begin with, `seconds` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._changed.clear()

    async def end(self, tasks: set[asyncio.Task[None]]) -> None:
        """Cancels these and waits a moment for them to give back what they work on."""
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)

    async def close(self) -> None:
        """Gives what still runs back to the queue."""
        await self.end(set(self.running))
