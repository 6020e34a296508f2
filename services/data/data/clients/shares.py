"""How a shard's connections are shared out: to purposes, and of each purpose to apps."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from common.errors import TooManyRequests
from data.domain.realm import Names

ALONE_AT_ONCE = 6
"""Connections at once that nobody has before or after: migrations, dumps, restores."""

LEAST = 17
"""Connections with which every purpose that apps are served by has three at least."""

_FIXED = {"auth": 6, "admin": 3, "owner": 2}
_APPS_PART = 3
_COMMON_PART = 2
_WAITING = 200
_WAIT_SECONDS = 5.0
_WAIT_ALONE_SECONDS = 60.0


def sizes(most: int) -> dict[str, int]:
    """How many of `most` connections are for which purpose.

    An app with functions is served by `foreign`, one without by `requests`.
    """
    left = most - sum(_FIXED.values())
    return {**_FIXED, "foreign": max(1, left // 2), "requests": max(1, left - left // 2)}


class Shares:
    """An app in all its environments has at most a third of each purpose's connections, and one at least.

    It gets more than one only while less than half of them are busy: so slow statements take all of them
    only if more than half as many apps run some. What is asked beyond waits, holding none.
    """

    def __init__(self, most: int) -> None:
        self._purposes = {purpose: _Purpose(size, _WAIT_SECONDS) for purpose, size in sizes(most).items()}
        self._purposes["alone"] = _Purpose(ALONE_AT_ONCE, _WAIT_ALONE_SECONDS)

    def hold(self, purpose: str, ref: str) -> AbstractAsyncContextManager[None]:
        """One connection of the app's share; raises TooManyRequests when its turn does not come in time."""
        return self._purposes[purpose].hold(Names(ref).app_id)


@dataclass(slots=True)
class _App:
    held: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class _Purpose:
    def __init__(self, size: int, seconds: float) -> None:
        self._most = max(1, size // _APPS_PART)
        self._plenty = size // _COMMON_PART
        self._seconds = seconds
        self._busy = 0
        self._apps: dict[str, _App] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        app = self._apps.setdefault(key, _App())
        try:
            if not app.waiting and self._may(app):
                self._take(app)
            else:
                await self._turn(app)
            try:
                yield
            finally:
                self._give_back(app)
        finally:
            if not app.held and not app.waiting and self._apps.get(key) is app:
                del self._apps[key]

    def _may(self, app: _App) -> bool:
        return not app.held or (app.held < self._most and self._busy < self._plenty)

    def _take(self, app: _App) -> None:
        app.held += 1
        self._busy += 1

    def _give_back(self, app: _App) -> None:
        app.held -= 1
        self._busy -= 1
        for each in (app, *self._apps.values()):
            while each.waiting and self._may(each):
                turn = each.waiting.popleft()
                if not turn.done():
                    self._take(each)
                    turn.set_result(None)

    async def _turn(self, app: _App) -> None:
        """Waits until it is the caller's turn, which is taken then."""
        if len(app.waiting) >= _WAITING:
            raise TooManyRequests("Too many requests of yours are under way; send fewer at once.")
        turn = asyncio.get_running_loop().create_future()
        app.waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            if turn in app.waiting:
                app.waiting.remove(turn)
            elif not turn.cancelled():
                self._give_back(app)  # it came while the caller was going
            if isinstance(error, TimeoutError):
                message = (
                    "Your earlier requests take too long for this one to get its turn; send fewer at once."
                )
                raise TooManyRequests(message) from None
            raise
