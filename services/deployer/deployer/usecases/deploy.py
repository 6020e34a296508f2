"""Works off deployments: claim, publish under the lease, record."""

import asyncio
from contextlib import suppress

from common.clock import utcnow
from common.contracts import DeploymentState, DeployRequested
from common.deletion import is_deleted
from common.errors import AppError
from common.logging import get_logger
from common.work import LeaseLost, Patience, is_waiting, under_lease
from deployer.db import deployments
from deployer.db.models import DeletedApp, Deployment
from deployer.errors import AttemptsExhausted, CloudflareUnavailable, DeployerBroken
from deployer.usecases.claim import Job, claim_next
from deployer.usecases.outcome import record_deployed, record_failed
from deployer.usecases.publish import Publication, put_back_or_explain
from deployer.usecases.receive import receive
from deployer.usecases.resources import Resources

RELEASE_SECONDS = 2.0

logger = get_logger(__name__)


async def deploy(resources: Resources, request: DeployRequested) -> None:
    """Take the request in and work off its environment's queue, unless another does or the app is deleted."""
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return
        row = await receive(session, resources.outbox, request)
        waiting = row.state in {DeploymentState.PENDING, DeploymentState.DEPLOYING}
        job = await claim_next(session, resources, row.app_id, row.environment) if waiting else None
    while job is not None:
        await _work(resources, job)
        async with resources.db.begin() as session:
            job = await claim_next(session, resources, job.row.app_id, job.row.environment)


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
