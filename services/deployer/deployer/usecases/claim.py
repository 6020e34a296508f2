"""Takes the next deployment of an environment, with all that its work needs to know."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import DeploymentState
from common.work import Lease
from deployer.db import deployments, environments, files
from deployer.db.models import Deployment, Environment
from deployer.usecases import events
from deployer.usecases.live_script import hold
from deployer.usecases.outcome import close_superseded
from deployer.usecases.publish import Job
from deployer.usecases.resources import Resources


async def claim(session: AsyncSession, resources: Resources, app_id: str, environment: str) -> Job | None:
    """The oldest deployment of the environment that may begin; None without one, or when another works in it.

    Deployments go live in the order of their ids, which is the order in which they were requested. One that
    comes late, or waited while a newer one went live, is superseded: it changes nothing.
    """
    lease = await environments.claim(session, app_id, environment, resources.settings.lease_seconds)
    if lease is None:
        return None
    while (row := await deployments.next_ready(session, app_id, environment)) is not None:
        newer = await deployments.newer_once_live(session, row)
        if newer is None:
            return await _job(session, resources, row, lease)
        close_superseded(session, resources.outbox, row, newer)
        await files.forget(session, row.id, doubted=False)
        await session.flush()
    await lease.release(session)
    return None


async def _job(
    session: AsyncSession, resources: Resources, row: Deployment, lease: Lease[Environment]
) -> Job:
    held = await hold(session, lease)
    target = await deployments.find(session, row.rollback_of) if row.rollback_of else None
    now = utcnow()
    if row.state != DeploymentState.DEPLOYING:
        row.state, row.deploying_at = DeploymentState.DEPLOYING, now
        events.progressed(resources.outbox, session, row, "deploying")
    row.begin_attempt()
    row.files_known = True  # it needs nothing before it has noted that
    row.retry_at, row.updated_at = None, now
    return Job(held, row, target)
