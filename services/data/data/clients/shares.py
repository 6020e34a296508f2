"""How a shard's connections are shared out: to purposes, and of each purpose to apps."""

from contextlib import AbstractAsyncContextManager

from common.fairness import ConcurrencyLimiter
from data.domain.realm import Names

ALONE_AT_ONCE = 6
"""Connections at once that nobody has before or after: migrations, dumps, restores."""

LEAST = 17
"""Connections with which every purpose that apps are served by has three at least."""

_FIXED = {"auth": 6, "admin": 3, "owner": 2}
_APPS_PART = 3
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

    Slow statements of one app leave the others and the platform connections of their own. What is asked
    beyond waits, holding none.
    """

    def __init__(self, most: int) -> None:
        self._limiters = {purpose: _limiter(size, _WAIT_SECONDS) for purpose, size in sizes(most).items()}
        self._limiters["alone"] = _limiter(ALONE_AT_ONCE, _WAIT_ALONE_SECONDS)

    def hold(self, purpose: str, ref: str) -> AbstractAsyncContextManager[None]:
        """One connection of the app's share; raises TooManyRequests when its turn does not come in time."""
        return self._limiters[purpose].hold(Names(ref).app_id)


def _limiter(size: int, seconds: float) -> ConcurrencyLimiter:
    return ConcurrencyLimiter(at_once=max(1, size // _APPS_PART), waiting=_WAITING, seconds=seconds)
