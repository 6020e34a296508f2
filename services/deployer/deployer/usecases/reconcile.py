"""Finds what stands still: builds that never came; and counts what waits and what is unsettled."""

from deployer.db import deployments, environments, queue
from deployer.metrics import (
    DEPLOYMENTS_WAITING,
    DEPLOYMENTS_WAITING_AGE,
    ENVIRONMENTS_UNSETTLED,
    ENVIRONMENTS_UNSETTLED_AGE,
)
from deployer.usecases.outcome import close_failed
from deployer.usecases.resources import Resources

BUILD_MISSING = "build_missing"


async def reconcile(resources: Resources) -> int:
    """How many pieces of work were moved on."""
    settings = resources.settings
    async with resources.db.begin() as session:
        late = await deployments.without_build(session, seconds=settings.build_wait_seconds)
        for row in late:
            message = f"Its build did not finish within {settings.build_wait_seconds:.0f} s; deploy again."
            close_failed(session, resources.outbox, row, BUILD_MISSING, message)
        unsettled, age = await environments.unsettled(session)
        waiting = await queue.waiting(session)
    ENVIRONMENTS_UNSETTLED.set(unsettled)
    ENVIRONMENTS_UNSETTLED_AGE.set(age)
    for kind, (count, seconds) in waiting.items():
        DEPLOYMENTS_WAITING.labels(kind.value).set(count)
        DEPLOYMENTS_WAITING_AGE.labels(kind.value).set(seconds)
    return len(late)
