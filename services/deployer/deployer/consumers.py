"""The messages the deployer acts on."""

from common.contracts import DeployRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import DEPLOY
from deployer.usecases.deploy import deploy
from deployer.usecases.resources import Resources


def subscriptions(resources: Resources) -> tuple[Subscription[DeployRequested]]:
    async def handle(delivery: Delivery[DeployRequested]) -> None:
        await deploy(resources, delivery.message)

    return (Subscription(DEPLOY, DeployRequested, handle, concurrency=resources.settings.deploy_concurrency),)
