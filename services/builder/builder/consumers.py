"""The messages the builder acts on."""

from builder.usecases.build import build
from builder.usecases.resources import Resources
from common.contracts import BuildRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import BUILD_PREVIEW, BUILD_PRODUCTION, Consumer


def subscriptions(resources: Resources) -> tuple[Subscription[BuildRequested], Subscription[BuildRequested]]:
    """Previews may have all slots, production builds half of them (one at least): nobody waits for those.

    What has been taken in gets a slot in the order of its arrival.
    """
    slots = resources.settings.builder_concurrency
    return _subscription(resources, BUILD_PREVIEW, slots), _subscription(
        resources, BUILD_PRODUCTION, max(1, slots // 2)
    )


def _subscription(resources: Resources, consumer: Consumer, concurrency: int) -> Subscription[BuildRequested]:
    async def handle(delivery: Delivery[BuildRequested]) -> None:
        await build(resources, delivery.message)

    return Subscription(consumer, BuildRequested, handle, concurrency=concurrency)
