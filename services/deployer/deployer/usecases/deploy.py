"""A requested deployment from its message to its end: received, claimed, published under lease, recorded."""

import asyncio
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import UNFINISHED_DEPLOYMENT, DeploymentState, DeployRequested
from common.deletion import is_deleted
from common.errors import AppError
from common.logging import get_logger
from common.messaging.outbox import Outbox
from common.work import Lease, LeaseLost, Patience, is_waiting, under_lease
from deployer.db import deployments, environments, secrets
from deployer.db.models import DeletedApp, Deployment, Environment
from deployer.domain.deployment import next_state
from deployer.errors import AttemptsExhausted, CloudflareUnavailable, DeployerBroken, RequestContradicts
from deployer.usecases import events
from deployer.usecases.outcome import close_superseded, record_deployed, record_failed
from deployer.usecases.publish import Job, Publication, put_back_or_explain
from deployer.usecases.resources import Resources

RELEASE_SECONDS = 2.0

logger = get_logger(__name__)


async def deploy(resources: Resources, request: DeployRequested) -> None:
    """Take the request in and work off its environment's queue, unless another does or the app is deleted."""
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return
        row = await _receive(session, resources.outbox, request)
        waiting = row.state in {DeploymentState.PENDING, DeploymentState.DEPLOYING}
        job = await _claim_next(session, resources, row.app_id, row.environment) if waiting else None
    while job is not None:
        await _work(resources, job)
        async with resources.db.begin() as session:
            job = await _claim_next(session, resources, job.row.app_id, job.row.environment)


async def _receive(session: AsyncSession, outbox: Outbox, request: DeployRequested) -> Deployment:
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


async def _claim_next(
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


async def _work(resources: Resources, job: Job) -> None:
    """One deployment to its end. Raises what may pass by itself: the message then comes again."""
    publication = Publication(resources, job)
    try:
        await under_lease(resources.db, job.lease, _publish(resources, job, publication))
    except LeaseLost as error:
        logger.warning("deployment left alone", deployment_id=job.row.id, reason=error.message)
    except BaseException as error:
        await _release(resources, job, error)
        raise


async def _publish(resources: Resources, job: Job, publication: Publication) -> None:
    row = job.row
    try:
        _require_attempts(resources, row)
        outcome = await publication.run()
    except LeaseLost:
        raise
    except Exception as error:
        # Cloudflare has had its retries.
        if not isinstance(error, CloudflareUnavailable) and not _patience(resources).ends(row, error):
            raise
        await _fail(resources, job, publication, error)
        return
    async with resources.db.begin() as session:
        await record_deployed(session, resources.outbox, job.lease, row.id, outcome, publication.steps)
    logger.info("deployed", url=outcome.url, script_bytes=outcome.script_bytes, steps_ms=publication.steps)


async def _fail(resources: Resources, job: Job, publication: Publication, error: Exception) -> None:
    if not isinstance(error, AppError):
        logger.error("deployment failed unexpectedly", exc_info=error)
        error = DeployerBroken("Something went wrong in the deployer itself; what was live stays live.")
    elif is_waiting(error) and not isinstance(error, CloudflareUnavailable):
        waited = f"Gave up after {resources.settings.max_wait_seconds:g} s of trying. {error.message}"
        error = AttemptsExhausted(waited)
    message = await put_back_or_explain(publication, error)
    async with resources.db.begin() as session:
        await record_failed(
            session,
            resources.outbox,
            job.lease,
            job.row.id,
            code=error.code,
            message=message,
            steps=publication.steps,
            restored=publication.restored,
        )
    logger.warning("deployment failed", code=error.code, reason=message, steps_ms=publication.steps)


def _require_attempts(resources: Resources, row: Deployment) -> None:
    if _patience(resources).is_over(row):
        begun = f"It was begun {row.attempts - 1} times without coming to an end."
        raise AttemptsExhausted(f"{begun} {row.problem_message or ''}".strip())


def _patience(resources: Resources) -> Patience:
    return Patience(failures=resources.settings.max_failures, seconds=resources.settings.max_wait_seconds)


async def _release(resources: Resources, job: Job, error: BaseException) -> None:
    """Lets the next attempt begin at once, and remembers why this one ended."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(RELEASE_SECONDS), resources.db.begin() as session:
            await job.lease.hold(session)
            row = await deployments.find(session, job.row.id, lock=True)
            if row is not None and row.state == DeploymentState.DEPLOYING:
                row.problem_message = error.message if isinstance(error, AppError) else type(error).__name__
                row.end_attempt(error)
                row.updated_at = utcnow()
            await job.lease.release(session)
