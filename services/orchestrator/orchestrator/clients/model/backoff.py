"""Asking again when the vendor is busy: full jitter, within a budget of time."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from common.logging import get_logger
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelClient,
    ModelCut,
    ModelEvent,
    ModelRequest,
    ModelUnavailable,
)

FIRST_CEILING = 1.0
HIGHEST_CEILING = 20.0
LONGEST_RETRY_AFTER = 20.0
_JITTER = 0.1

log = get_logger()


class RetryingClient:
    """A ModelClient that asks `inner` again as long as no tool call of the turn was delivered.

    After a tool call the error goes to the caller, who has stored the call and goes on from there; text and
    thinking alone lead nowhere, so they are asked for anew. Errors that will not pass go to the caller at
    once.
    """

    def __init__(
        self,
        inner: ModelClient,
        *,
        budget: float = 120.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """`budget`: seconds from the first attempt within which another one may begin."""
        self._inner = inner
        self._budget = budget
        self._sleep = sleep
        self._now = now
        self._uniform = uniform

    async def warm_up(self) -> None:
        await self._inner.warm_up()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        started, attempt = self._now(), 0
        while True:
            attempt += 1
            delivered = False
            try:
                async with aclosing(self._inner.stream(request)) as events:
                    async for event in events:
                        called = isinstance(event, BlockDone) and event.block.kind == "tool_use"
                        delivered = delivered or called
                        yield event
            except (ModelUnavailable, ModelCut) as error:
                delay = self._delay(attempt, getattr(error, "retry_after", None))
                if delivered or self._now() - started + delay > self._budget:
                    raise
                log.warning("model_retry", attempt=attempt, seconds=round(delay, 2), reason=error.message)
            else:
                return
            await self._sleep(delay)

    def _delay(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait: the vendor's wish up to 20 s, else anything up to a ceiling that doubles."""
        if retry_after is not None:
            wish = min(retry_after, LONGEST_RETRY_AFTER)
            return wish + self._uniform(0.0, wish * _JITTER)
        return self._uniform(0.0, min(HIGHEST_CEILING, FIRST_CEILING * 2.0 ** (attempt - 1)))
