"""A request for a deployment becomes a row in the queue, or moves one on that is there already."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import UNFINISHED_DEPLOYMENT, DeploymentState, DeployRequested
from common.deletion import is_deleted
from common.messaging.outbox import Outbox
from deployer.db import deployments, environments, queue
from deployer.db.models import DeletedApp, Deployment
from deployer.domain.deployment import next_state
from deployer.errors import RequestContradicts
from deployer.usecases import events
from deployer.usecases.resources import Resources


async def take_in(resources: Resources, request: DeployRequested) -> None:
    """Idempotent by the deployment's id: a final one is answered again. A deleted app gets none.

    Raises RequestContradicts for an id that is known with another app or environment.
    """
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return
        row = await _receive(session, resources.outbox, request)
        if row.state == DeploymentState.PENDING:
            await queue.announce(session)
    resources.slots.wake()


async def _receive(session: AsyncSession, outbox: Outbox, request: DeployRequested) -> Deployment:
    """The request's row after it: new, moved on by an artifact that arrived, or as it was."""
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
    row.migrations = row.migrations or request.migrations
    row.approved = row.approved or list(request.approved)
    state = next_state(DeploymentState(row.state), ready=ready)
    if state is not DeploymentState(row.state):
        row.state = state
        row.pending_at = row.updated_at = utcnow()
