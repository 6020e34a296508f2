"""Takes a request in: stores it, tells its outcome again when it has one."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import UNFINISHED_DEPLOYMENT, DeploymentState, DeployRequested
from common.messaging.outbox import Outbox
from deployer.db import deployments, environments
from deployer.db.models import Deployment
from deployer.domain.deployment import next_state
from deployer.errors import RequestContradicts
from deployer.usecases import events


async def receive(session: AsyncSession, outbox: Outbox, request: DeployRequested) -> Deployment:
    """The request's row after it: new, moved on by an artifact that arrived, or as it was.

    Raises RequestContradicts for an id that is known with another app or environment.
    """
    ready = request.artifact is not None or request.rollback_of is not None
    state = next_state(None, ready=ready)
    await environments.lock(session, request.app_id, request.environment.value)
    is_new = await deployments.insert_new(session, request, state)
    row = await deployments.find(session, request.deployment_id, lock=True)
    if row is None or (row.app_id, row.environment) != (request.app_id, request.environment.value):
        raise RequestContradicts(
            f"Deployment {request.deployment_id} is known for another app or environment.",
            deployment_id=request.deployment_id,
        )
    if DeploymentState(row.state) not in UNFINISHED_DEPLOYMENT:
        events.finished(outbox, session, row)
    elif is_new and state is DeploymentState.BUILDING:
        events.progressed(outbox, session, row, "building")
    elif not is_new:
        _move_on(row, request, ready=ready)
    return row


def _move_on(row: Deployment, request: DeployRequested, *, ready: bool) -> None:
    """Learn what the request knows and the row does not; what is known stays."""
    row.artifact = row.artifact or request.artifact
    row.build_id = row.build_id or request.build_id
    row.run_id = row.run_id or request.run_id
    row.rollback_of = row.rollback_of or request.rollback_of
    state = next_state(DeploymentState(row.state), ready=ready)
    if state is not DeploymentState(row.state):
        row.state = state
        row.pending_at = row.updated_at = utcnow()
