"""Records how a deployment ended, in one transaction with the message that tells it."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import DeploymentState
from common.messaging.outbox import Outbox
from common.work import Lease
from deployer.db import deployments
from deployer.db.models import Deployment, Environment
from deployer.metrics import DEPLOYMENT_SECONDS, DEPLOYMENTS
from deployer.usecases import events

MESSAGE_CHARS = 2000


@dataclass(frozen=True)
class Outcome:
    """What went live."""

    url: str
    version_id: str
    served_as: str
    artifact: str
    checks: list[dict[str, Any]]
    secrets_digest: str
    script_bytes: int
    embedded_files: int
    stored_files: int
    stored_bytes: int
    secret_names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """The earlier deployment had to be uploaded again: it is another version from now on."""

    deployment_id: str
    version_id: str
    secrets_digest: str


async def record_deployed(
    session: AsyncSession,
    outbox: Outbox,
    lease: Lease[Environment],
    deployment_id: str,
    outcome: Outcome,
    steps: dict[str, float],
) -> None:
    """The deployment is live; what it replaced is rolled back when this was a rollback. Ends the lease."""
    environment = await lease.hold(session)
    row = await deployments.find(session, deployment_id, lock=True)
    assert row is not None  # noqa: S101  # it was claimed, and it goes only after its environment
    row.replaced = environment.live if environment.live != row.id else row.replaced
    if row.rollback_of and row.replaced:
        replaced = await deployments.find(session, row.replaced, lock=True)
        if replaced is not None and replaced.state == DeploymentState.DEPLOYED:
            replaced.state, replaced.rolled_back_at = DeploymentState.ROLLED_BACK, utcnow()
    for name in (
        "url", "version_id", "served_as", "artifact", "checks", "secrets_digest",
        "script_bytes", "embedded_files", "stored_files", "stored_bytes",
    ):  # fmt: skip
        setattr(row, name, getattr(outcome, name))
    row.steps_ms = steps
    row.problem_code = row.problem_message = None
    _close(row, DeploymentState.DEPLOYED)
    environment.live, environment.subdomain_enabled, environment.secret_names = (
        row.id,
        True,
        outcome.secret_names,
    )
    environment.lease_until = None
    events.finished(outbox, session, row)


async def record_failed(
    session: AsyncSession,
    outbox: Outbox,
    lease: Lease[Environment],
    deployment_id: str,
    *,
    code: str,
    message: str,
    steps: dict[str, float],
    restored: Restored | None = None,
) -> None:
    """The deployment has failed and what was live before is live. Ends the lease."""
    environment = await lease.hold(session)
    if restored is not None:
        earlier = await deployments.find(session, restored.deployment_id, lock=True)
        if earlier is not None:
            earlier.version_id, earlier.served_as = restored.version_id, restored.deployment_id
            earlier.secrets_digest = restored.secrets_digest
    row = await deployments.find(session, deployment_id, lock=True)
    assert row is not None  # noqa: S101  # see above
    row.steps_ms = steps
    environment.lease_until = None
    close_failed(session, outbox, row, code, message)


def close_failed(session: AsyncSession, outbox: Outbox, row: Deployment, code: str, message: str) -> None:
    """Make a locked row failed and tell it. `code` is one of docs/api.md's, `message` for people."""
    row.problem_code, row.problem_message = code, message[:MESSAGE_CHARS]
    _close(row, DeploymentState.FAILED)
    events.finished(outbox, session, row)


def close_superseded(session: AsyncSession, outbox: Outbox, row: Deployment, newer: Deployment) -> None:
    """Ends a deployment that came late: what it asked for was replaced before it was done."""
    row.superseded_by, row.url = newer.id, newer.url
    row.problem_code = row.problem_message = None
    _close(row, DeploymentState.SUPERSEDED)
    events.finished(outbox, session, row)


def _close(row: Deployment, state: DeploymentState) -> None:
    now = utcnow()
    began = row.deploying_at or row.created_at
    row.state = state
    row.finished_at = row.updated_at = now
    row.duration_ms = max(0, round((now - began).total_seconds() * 1000))
    DEPLOYMENTS.labels(row.environment, state.value, row.problem_code or "").inc()
    DEPLOYMENT_SECONDS.labels(row.environment).observe(row.duration_ms / 1000)
