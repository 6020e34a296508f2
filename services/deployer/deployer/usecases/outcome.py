"""Records how a deployment ended, in one transaction with the message that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import DeploymentState, Diagnostic
from common.messaging.outbox import Outbox
from common.retry import Backoff
from common.work import Lease
from deployer.db import deployments, environments, files, objects, queue
from deployer.db.models import Deployment, Environment
from deployer.errors import VerificationFailed
from deployer.metrics import DEPLOYMENT_SECONDS, DEPLOYMENTS
from deployer.usecases import events

MESSAGE_CHARS = 2000
# Until the next look at an environment that is not settled: a Cloudflare that is back is soon seen to be.
PAUSES = Backoff(first=1.0, longest=15.0)
LONG_PAUSES = Backoff(first=1.0, longest=600.0)


@dataclass(frozen=True)
class Outcome:
    """What went live."""

    url: str
    version_id: str
    served_as: str
    artifact: str
    checks: list[dict[str, Any]]
    secrets_digest: str
    database: dict[str, str]
    script_bytes: int
    embedded_files: int
    stored_files: int
    stored_bytes: int
    secret_names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """The live deployment had to be uploaded again: it is another version from now on."""

    deployment_id: str
    version_id: str
    checks: list[dict[str, Any]]
    secrets_digest: str
    secret_names: list[str]


@dataclass(frozen=True)
class Proof:
    """That Cloudflare serves what the rows say.

    Until `in_flight_until`, a request of before may take effect that was given up; `answered`: and none of
    this attempt was.
    """

    answered: bool
    in_flight_until: datetime | None
    restored: Restored | None = None


@dataclass(frozen=True)
class Unproven:
    """Why it is not certain what Cloudflare serves; `passing` when that may change by itself."""

    reason: str
    passing: bool


async def record_deployed(
    session: AsyncSession,
    outbox: Outbox,
    lease: Lease[Environment],
    deployment_id: str,
    outcome: Outcome,
    proof: Proof,
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
        "url", "version_id", "served_as", "artifact", "checks", "secrets_digest", "database",
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
    await _record_state(session, environment, proof)
    events.finished(outbox, session, row)


async def record_failed(
    session: AsyncSession,
    outbox: Outbox,
    lease: Lease[Environment],
    deployment_id: str,
    *,
    code: str,
    message: str,
    diagnostics: Sequence[Diagnostic],
    steps: dict[str, float],
    found: Proof | Unproven | None,
) -> None:
    """The deployment has failed. `found` tells of what is live, None when that was not touched.

    Ends the lease.
    """
    environment = await lease.hold(session)
    if found is not None:
        await _record_state(session, environment, found)
    row = await deployments.find(session, deployment_id, lock=True)
    assert row is not None  # noqa: S101  # see above
    row.steps_ms, row.diagnostics = steps, [one.model_dump(mode="json") for one in diagnostics]
    await files.forget(session, row.id, doubted=code == VerificationFailed.code)
    environment.lease_until = None
    close_failed(session, outbox, row, code, message)


async def record_settled(session: AsyncSession, lease: Lease[Environment], found: Proof | Unproven) -> None:
    """What a look at the environment has found. One that is deleted goes with it. Ends the lease."""
    environment = await lease.hold(session)
    if environment.deleting and isinstance(found, Proof) and found.in_flight_until is None and found.answered:
        await objects.release(session, environment.app_id, environment.environment)
        await deployments.remove_of_environment(session, environment.app_id, environment.environment)
        await environments.remove(session, environment)
        return
    environment.lease_until = None
    await _record_state(session, environment, found)
    await queue.announce(session)


async def _record_state(session: AsyncSession, environment: Environment, found: Proof | Unproven) -> None:
    attempt = environment.settle_attempts + 1
    if isinstance(found, Unproven):
        pause = (PAUSES if found.passing else LONG_PAUSES).seconds(attempt)
        if environment.unsettled_since is None:  # proven before, and nothing was seen that says otherwise
            await environments.look_again(session, environment, pause=pause)
        else:
            reason = found.reason[:MESSAGE_CHARS]
            await environments.mark_unsettled(session, environment, reason, pause=pause)
        return
    if found.restored is not None:
        await _record_restored(session, environment, found.restored)
    in_flight = found.in_flight_until if found.answered else environment.in_flight_until
    await environments.mark_settled(session, environment, in_flight, pause=PAUSES.seconds(attempt))


async def _record_restored(session: AsyncSession, environment: Environment, restored: Restored) -> None:
    row = await deployments.find(session, restored.deployment_id, lock=True)
    assert row is not None  # noqa: S101  # what is live is kept
    row.version_id, row.served_as = restored.version_id, row.id
    row.checks, row.secrets_digest = restored.checks, restored.secrets_digest
    environment.secret_names, environment.subdomain_enabled = restored.secret_names, True


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
