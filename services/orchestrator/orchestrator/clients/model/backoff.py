"""Asking again when the vendor is busy, within a budget of time."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from common.retry import Backoff, retrying
from orchestrator.clients.model.protocol import (
    BlockDone,
    ModelClient,
    ModelCut,
    ModelEvent,
    ModelRequest,
    ModelUnavailable,
)

BACKOFF = Backoff(first=1.0, longest=20.0, heeded=20.0)


class RetryingClient(ModelClient):
    """A ModelClient that asks `inner` again as long as no tool call of the turn was delivered.

    After a tool call the error goes to the caller, who has stored the call and goes on from there; text and
    thinking alone lead nowhere, so they are asked for anew. Errors that will not pass go to the caller at
    once.
    """

    def __init__(self, inner: ModelClient, *, budget: float = 120.0, backoff: Backoff = BACKOFF) -> None:
        """`budget`: seconds from the first attempt within which another one may begin."""
        self._inner = inner
        self._budget = budget
        self._backoff = backoff

    async def warm_up(self) -> None:
        await self._inner.warm_up()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        called = False

        def may_pass(error: BaseException) -> bool:
            return isinstance(error, ModelUnavailable | ModelCut) and not called

        async for attempt in retrying(
            self._backoff, budget=self._budget, attempts=request.attempts, when=may_pass, what="ask the model"
        ):
            with attempt:
                async with aclosing(self._inner.stream(request)) as events:
                    async for event in events:
                        called = called or (isinstance(event, BlockDone) and event.block.kind == "tool_use")
                        yield event
