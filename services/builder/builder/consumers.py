"""The messages the builder acts on."""

from builder.usecases.resources import Resources
from builder.usecases.take_in import take_in
from common.contracts import BuildRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import BUILD_PREVIEW, BUILD_PRODUCTION, Consumer

_AT_ONCE = 4


def subscriptions(resources: Resources) -> tuple[Subscription[BuildRequested], ...]:
    """Requests are only taken in; when each has its turn, the queue in the database says."""
    return tuple(_subscription(resources, consumer) for consumer in (BUILD_PREVIEW, BUILD_PRODUCTION))


def _subscription(resources: Resources, consumer: Consumer) -> Subscription[BuildRequested]:
    async def handle(delivery: Delivery[BuildRequested]) -> None:
        await take_in(resources, delivery.message)

    return Subscription(consumer, BuildRequested, handle, concurrency=_AT_ONCE)
