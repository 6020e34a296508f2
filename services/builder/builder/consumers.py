"""The messages the builder acts on."""

from builder.usecases.build import build
from builder.usecases.pools import Pools
from common.contracts import BuildRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import BUILD_PREVIEW, BUILD_PRODUCTION, Consumer


def subscriptions(pools: Pools) -> tuple[Subscription[BuildRequested], Subscription[BuildRequested]]:
    """Previews first: somebody is waiting for them."""
    slots = pools.settings.builder_concurrency
    return _subscription(pools, BUILD_PREVIEW, slots), _subscription(
        pools, BUILD_PRODUCTION, max(1, slots // 2)
    )


def _subscription(pools: Pools, consumer: Consumer, concurrency: int) -> Subscription[BuildRequested]:
    async def handle(delivery: Delivery[BuildRequested]) -> None:
        await build(pools, delivery.message)

    return Subscription(consumer, BuildRequested, handle, concurrency=concurrency)
