"""The messages the deployer acts on."""

from common.contracts import DeployRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import DEPLOY
from deployer.usecases.resources import Resources
from deployer.usecases.take_in import take_in

_AT_ONCE = 4


def subscriptions(resources: Resources) -> tuple[Subscription[DeployRequested]]:
    """Requests are only taken in; when each has its turn, the queue in the database says."""

    async def handle(delivery: Delivery[DeployRequested]) -> None:
        await take_in(resources, delivery.message)

    return (Subscription(DEPLOY, DeployRequested, handle, concurrency=_AT_ONCE),)
