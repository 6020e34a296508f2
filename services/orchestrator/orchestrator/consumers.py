"""Messages the orchestrator listens to: a function per subject."""

from collections.abc import Sequence
from typing import Any

from common.contracts import (
    BuildFinished,
    BuildStarted,
    DeploymentFinished,
    DeploymentProgressed,
    PagesChecked,
    RunRequested,
)
from common.messaging.consumer import Delivery, Subscription
from common.messaging.streams import (
    ORCHESTRATOR_BUILD_FINISHED,
    ORCHESTRATOR_BUILD_STARTED,
    ORCHESTRATOR_DEPLOYMENT_FINISHED,
    ORCHESTRATOR_DEPLOYMENT_PROGRESSED,
    ORCHESTRATOR_PAGES_CHECKED,
    RUN,
)
from orchestrator.usecases import builds, deployments
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.advance import advance_run

_EVENTS_AT_ONCE = 4


def subscriptions(resources: Resources, *, run_concurrency: int) -> Sequence[Subscription[Any]]:
    async def on_run(delivery: Delivery[RunRequested]) -> None:
        await advance_run(resources, delivery.message)

    async def on_build_started(delivery: Delivery[BuildStarted]) -> None:
        await builds.build_started(resources, delivery.message, delivery.message_id)

    async def on_build_finished(delivery: Delivery[BuildFinished]) -> None:
        await builds.build_finished(resources, delivery.message, delivery.message_id)

    async def on_pages_checked(delivery: Delivery[PagesChecked]) -> None:
        await builds.pages_checked(resources, delivery.message, delivery.message_id)

    async def on_deployment_progressed(delivery: Delivery[DeploymentProgressed]) -> None:
        await deployments.deployment_progressed(resources, delivery.message, delivery.message_id)

    async def on_deployment_finished(delivery: Delivery[DeploymentFinished]) -> None:
        await deployments.deployment_finished(resources, delivery.message, delivery.message_id)

    return (
        Subscription(RUN, RunRequested, on_run, run_concurrency),
        Subscription(ORCHESTRATOR_BUILD_STARTED, BuildStarted, on_build_started),
        Subscription(ORCHESTRATOR_BUILD_FINISHED, BuildFinished, on_build_finished, _EVENTS_AT_ONCE),
        Subscription(ORCHESTRATOR_PAGES_CHECKED, PagesChecked, on_pages_checked),
        Subscription(
            ORCHESTRATOR_DEPLOYMENT_PROGRESSED,
            DeploymentProgressed,
            on_deployment_progressed,
            _EVENTS_AT_ONCE,
        ),
        Subscription(
            ORCHESTRATOR_DEPLOYMENT_FINISHED, DeploymentFinished, on_deployment_finished, _EVENTS_AT_ONCE
        ),
    )
