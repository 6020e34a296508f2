"""Handlers for the tests of the consumer loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from common.messaging.consumer import Delivery, Subscription, consume
from common.messaging.publisher import Bus
from common.messaging.streams import Consumer
from tests.common.messages import QUICK, Note

Handler = Callable[[Delivery[Note]], Awaitable[None]]


@asynccontextmanager
async def consuming(
    bus: Bus, handler: Handler, consumer: Consumer = QUICK, concurrency: int = 1
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(consume(bus, Subscription(consumer, Note, handler, concurrency)))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


class Handling:
    """Keeps what it was given; raises the errors it was told to, one a delivery."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.seen: list[Delivery[Note]] = []

    async def __call__(self, delivery: Delivery[Note]) -> None:
        self.seen.append(delivery)
        if self.errors:
            raise self.errors.pop(0)

    @property
    def texts(self) -> list[str]:
        return [delivery.message.text for delivery in self.seen]


async def forget_everything(bus: Bus) -> None:
    """Empties every stream and lets every consumer start anew."""
    for stream in ("WORK", "EVENTS", "DLQ"):
        await bus.jetstream.delete_stream(stream)
    await bus.declare()
