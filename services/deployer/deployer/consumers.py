"""The messages the deployer acts on."""

from common.contracts import DeployRequested
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import DEPLOY
from deployer.usecases.deploy import deploy
from deployer.usecases.pools import Pools


def deployments(pools: Pools) -> Subscription[DeployRequested]:
    async def handle(delivery: Delivery[DeployRequested]) -> None:
        await deploy(pools, delivery.message)

    return Subscription(DEPLOY, DeployRequested, handle, concurrency=pools.settings.deploy_concurrency)
