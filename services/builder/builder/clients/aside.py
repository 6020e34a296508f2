"""Work that nobody waits for until the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from common.errors import AppError
from common.logging import get_logger

logger = get_logger(__name__)


class Aside:
    """Tasks beside everything else; what makes one fail is logged as `warning`. `wait` is for the end."""

    def __init__(self, warning: str) -> None:
        self._warning = warning
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins it in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            reason = error.message if isinstance(error, AppError) else repr(error)
            logger.warning(self._warning, reason=reason)

    async def wait(self) -> None:
        """Until all have ended, those included that they start."""
        while self._tasks:
            await asyncio.wait(self._tasks)
