"""Waiting for servers that a machine under load keeps from answering in time."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from common.errors import Unavailable
from common.retry import Backoff, retrying

_SECONDS = 120.0

T = TypeVar("T")


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """The answer of what does no harm when it is done twice."""
    attempts = retrying(
        Backoff(first=0.1, longest=1.0),
        budget=_SECONDS,
        when=lambda error: isinstance(error, Unavailable),
        what="prepare a test",
    )
    async for attempt in attempts:
        with attempt:
            done = await work()
    return done
