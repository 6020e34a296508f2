"""The messages that tell others how a deployment goes."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import (
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeployRequested,
    Environment,
)
from common.messaging.outbox import Outbox
from common.messaging.streams import (
    DEPLOY_SUBJECT,
    DEPLOYMENT_FINISHED_SUBJECT,
    DEPLOYMENT_PROGRESSED_SUBJECT,
)
from deployer.db.models import Deployment


def progressed(
    outbox: Outbox,
    session: AsyncSession,
    row: Deployment,
    phase: Literal["building", "deploying", "verifying"],
) -> None:
    """Tell, in the transaction of the caller, that the deployment has entered a phase."""
    contract = DeploymentProgressed(
        deployment_id=row.id,
        app_id=row.app_id,
        run_id=row.run_id,
        environment=Environment(row.environment),
        phase=phase,
    )
    outbox.add(session, DEPLOYMENT_PROGRESSED_SUBJECT, contract)


def finished(outbox: Outbox, session: AsyncSession, row: Deployment) -> None:
    """Tell the outcome. A deployment that has been rolled back since was deployed: that was its outcome."""
    state = DeploymentState(row.state)
    if state is not DeploymentState.FAILED and state is not DeploymentState.SUPERSEDED:
        state = DeploymentState.DEPLOYED
    problem = None
    if row.problem_code is not None:
        problem = DeploymentProblem(code=row.problem_code, message=row.problem_message or "")
    contract = DeploymentFinished(
        deployment_id=row.id,
        app_id=row.app_id,
        run_id=row.run_id,
        environment=Environment(row.environment),
        version=row.version,
        state=state,
        url=row.url,
        script_bytes=row.script_bytes,
        embedded_files=row.embedded_files,
        stored_files=row.stored_files,
        stored_bytes=row.stored_bytes,
        replaced=row.replaced,
        superseded_by=row.superseded_by,
        problem=problem,
        duration_ms=row.duration_ms or 0,
    )
    outbox.add(session, DEPLOYMENT_FINISHED_SUBJECT, contract)


def requested_again(outbox: Outbox, session: AsyncSession, row: Deployment) -> None:
    """The message that makes a worker look at the row, as its first sender would have sent it."""
    contract = DeployRequested(
        deployment_id=row.id,
        app_id=row.app_id,
        run_id=row.run_id,
        environment=Environment(row.environment),
        version=row.version,
        build_id=row.build_id,
        artifact=row.artifact,
        rollback_of=row.rollback_of,
    )
    outbox.add(session, DEPLOY_SUBJECT, contract)
