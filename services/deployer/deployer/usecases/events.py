"""The messages that tell others how a deployment goes."""

from datetime import timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import (
    DeploymentFinished,
    DeploymentProblem,
    DeploymentProgressed,
    DeploymentState,
    DeploymentWaiting,
    Environment,
)
from common.messaging.outbox import Outbox
from common.messaging.streams import (
    DEPLOYMENT_FINISHED_SUBJECT,
    DEPLOYMENT_PROGRESSED_SUBJECT,
)
from deployer.db.models import Deployment

Phase = Literal["building", "deploying", "verifying"]


def progressed(
    outbox: Outbox,
    session: AsyncSession,
    row: Deployment,
    phase: Phase,
) -> None:
    """Tell, in the transaction of the caller, that the deployment has entered a phase."""
    outbox.add(session, DEPLOYMENT_PROGRESSED_SUBJECT, _progress(row, phase))


def waiting(outbox: Outbox, session: AsyncSession, row: Deployment, seconds: float) -> None:
    """Tell likewise that it goes on after so many seconds, for the problem that the row names."""
    wait = DeploymentWaiting(
        until=utcnow() + timedelta(seconds=seconds),
        code=row.problem_code or "",
        message=row.problem_message or "",
    )
    outbox.add(session, DEPLOYMENT_PROGRESSED_SUBJECT, _progress(row, "waiting", wait))


def _progress(
    row: Deployment, phase: Phase | Literal["waiting"], wait: DeploymentWaiting | None = None
) -> DeploymentProgressed:
    return DeploymentProgressed(
        deployment_id=row.id,
        app_id=row.app_id,
        run_id=row.run_id,
        environment=Environment(row.environment),
        phase=phase,
        waiting=wait,
    )


def finished(outbox: Outbox, session: AsyncSession, row: Deployment) -> None:
    """Tell the outcome. A deployment that has been rolled back since was deployed: that was its outcome."""
    state = DeploymentState(row.state)
    if state is not DeploymentState.FAILED and state is not DeploymentState.SUPERSEDED:
        state = DeploymentState.DEPLOYED
    problem = None
    if row.problem_code is not None:
        problem = DeploymentProblem.model_validate(
            {"code": row.problem_code, "message": row.problem_message or "", "diagnostics": row.diagnostics}
        )
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
