"""Takes the next deployment of an environment to work on, with all that the work needs to know."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import DeploymentState
from common.work import Lease
from deployer.db import deployments, environments, secrets
from deployer.db.models import Deployment, Environment
from deployer.usecases import events
from deployer.usecases.outcome import close_superseded
from deployer.usecases.resources import Resources


@dataclass(frozen=True)
class Job:
    """A claimed deployment. The rows are as they were at the claim: read them, never write them."""

    row: Deployment
    lease: Lease[Environment]
    environment: Environment
    previous: Deployment | None
    target: Deployment | None
    sealed: dict[str, bytes]


async def claim_next(
    session: AsyncSession, resources: Resources, app_id: str, environment: str
) -> Job | None:
    """The oldest waiting deployment of the environment, or None when there is none or another works in it.

    Deployments go live in the order of their ids, which is the order in which they were requested. One that
    comes late, when a newer one has been live already, is superseded: it changes nothing.
    """
    lease = await environments.claim(session, app_id, environment, resources.settings.lease_seconds)
    if lease is None:
        return None
    while (row := await deployments.next_ready(session, app_id, environment)) is not None:
        newer = await deployments.newer_once_live(session, row)
        if newer is None:
            return await _job(session, resources, row, lease)
        close_superseded(session, resources.outbox, row, newer)
        await session.flush()
    await lease.release(session)
    return None


async def _job(
    session: AsyncSession, resources: Resources, row: Deployment, lease: Lease[Environment]
) -> Job:
    held = await lease.hold(session)
    previous = await deployments.find(session, held.live) if held.live else None
    target = await deployments.find(session, row.rollback_of) if row.rollback_of else None
    sealed = await secrets.of_environment(session, row.app_id, row.environment)
    now = utcnow()
    if row.state != DeploymentState.DEPLOYING:
        row.state, row.deploying_at = DeploymentState.DEPLOYING, now
        events.progressed(resources.outbox, session, row, "deploying")
    row.begin_attempt()
    row.updated_at = now
    return Job(row, lease, held, previous, target, {item.name: item.sealed for item in sealed})
