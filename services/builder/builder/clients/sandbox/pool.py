"""Sandboxes started ahead: each has built its template once, waits for one app, and is then thrown away."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.clients.sandbox.process import Isolation, Sandbox
from common.errors import AppError
from common.logging import get_logger

logger = get_logger(__name__)


@dataclass(frozen=True)
class SandboxBase:
    """What a sandbox is made for: a template's files and its installed packages."""

    key: str
    files: Mapping[str, bytes]
    modules: Path


class SandboxPool:
    """Keeps up to `size` sandboxes ready, all for the base used last: a machine has memory for few."""

    def __init__(self, isolation: Isolation, size: int) -> None:
        self._isolation = isolation
        self._size = size
        self._ready: deque[tuple[str, Sandbox]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._filling = asyncio.Lock()
        self._closed = False

    async def take(self, base: SandboxBase) -> Sandbox:
        """The sandbox that has been warming up longest, or a cold one."""
        for entry in list(self._ready):
            key, sandbox = entry
            if key == base.key or not sandbox.alive:
                self._ready.remove(entry)
                if sandbox.alive:
                    return sandbox
                self._later(sandbox.close())
        return await self._isolation.start(base.modules)

    def refill(self, base: SandboxBase) -> None:
        """Starts what is missing, in the background."""
        if self._size > 0 and not self._closed:
            self._later(self._fill(base))

    async def _fill(self, base: SandboxBase) -> None:
        async with self._filling:
            # Looked up anew after each: others may be taken meanwhile.
            while other := next((entry for entry in self._ready if entry[0] != base.key), None):
                self._ready.remove(other)
                await other[1].close()
            while len(self._ready) < self._size and not self._closed:
                sandbox = await self._isolation.start(base.modules)
                sandbox.warm_up(base.files)
                self._ready.append((base.key, sandbox))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            reason = error.message if isinstance(error, AppError) else repr(error)
            logger.warning("a sandbox could not be started ahead", reason=reason)

    async def close(self) -> None:
        """Kills every waiting sandbox."""
        self._closed = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(sandbox.close() for _, sandbox in self._ready))
        self._ready.clear()
