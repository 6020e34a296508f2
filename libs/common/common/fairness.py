"""Fair shares: what one key asks for at once waits for its own turn, not in the way of others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from common.errors import TooManyRequests


@dataclass
class _Share:
    free: asyncio.Semaphore
    users: int = 0


class ConcurrencyLimiter:
    """At most `at_once` holders of a key; `waiting` more wait for at most `seconds`, holding nothing."""

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._seconds = seconds
        self._shares: dict[str, _Share] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Raises TooManyRequests when too many wait already, or when its turn does not come in time."""
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = _Share(asyncio.Semaphore(self._at_once))
        if share.users >= self._at_once + self._waiting:
            raise TooManyRequests("Too many requests of yours are under way; send fewer at once.")
        share.users += 1
        try:
            await self._take(share)
            try:
                yield
            finally:
                share.free.release()
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[key]

    async def _take(self, share: _Share) -> None:
        if not share.free.locked():
            await share.free.acquire()  # at once: most need no timer
            return
        try:
            async with asyncio.timeout(self._seconds):
                await share.free.acquire()
        except TimeoutError:
            message = "Your earlier requests take too long for this one to get its turn; send fewer at once."
            raise TooManyRequests(message) from None
