"""A claimed deployment to its end: published under lease, recorded, or given back to the queue."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import func
from structlog.contextvars import bind_contextvars

from common.clock import utcnow
from common.contracts import DeploymentState, Diagnostic
from common.data import DataUnavailable, MigrationsRefused
from common.errors import AppError
from common.logging import get_logger
from common.retry import Backoff
from common.sealing import SecretKeyMissing, SecretUnreadable
from common.tracing import bind_traceparent
from common.work import LeaseLost, Patience, is_waiting, under_lease
from deployer.db import deployments, queue
from deployer.db.models import Deployment
from deployer.errors import AttemptsExhausted, CloudflareUnavailable, DeployerBroken
from deployer.metrics import DEPLOYMENTS_DELAYED
from deployer.usecases import events
from deployer.usecases.live_script import settle_or_explain
from deployer.usecases.outcome import Unproven, record_deployed, record_failed
from deployer.usecases.publish import Job, Publication
from deployer.usecases.resources import Resources

RELEASE_SECONDS = 2.0
MAX_DIAGNOSTICS = 50
PAUSES = Backoff(first=0.5, longest=15.0)
TOLD_SECONDS = 5.0
"""A pause as long as this is told to whoever follows the deployment."""

logger = get_logger(__name__)


async def deploy(resources: Resources, job: Job) -> None:
    """Carries a claimed deployment to its end, or gives it back to the queue for another attempt."""
    row = job.row
    bind_traceparent(row.traceparent)
    bind_contextvars(deployment_id=row.id, app_id=row.app_id, run_id=row.run_id)
    publication = Publication(resources, job)
    try:
        await under_lease(resources.db, job.held.lease, _publish(resources, job, publication))
    except LeaseLost as error:
        logger.warning("deployment left alone", reason=error.message)
        await publication.script.report_doubt()
    except Exception as error:  # noqa: BLE001  # reported, and tried again
        await _give_back(resources, job, error)
    except BaseException as error:
        await _give_back(resources, job, error)
        raise


async def _publish(resources: Resources, job: Job, publication: Publication) -> None:
    row = job.row
    try:
        _require_attempts(resources, row)
        outcome = await publication.run()
    except LeaseLost:
        raise
    except Exception as error:
        if not _patience(resources).ends(row, error):
            raise
        await _fail(resources, job, publication, error)
        return
    steps, proof = publication.script.steps, publication.script.proof()
    async with resources.db.begin() as session:
        await record_deployed(session, resources.outbox, job.held.lease, row.id, outcome, proof, steps)
    logger.info("deployed", url=outcome.url, script_bytes=outcome.script_bytes, steps_ms=steps)


async def _fail(resources: Resources, job: Job, publication: Publication, error: Exception) -> None:
    if not isinstance(error, AppError):
        logger.error("deployment failed unexpectedly", exc_info=error)
        error = DeployerBroken("Something went wrong in the deployer itself.")
    elif is_waiting(error):
        error = _given_up(job.row, error)
    diagnostics = _diagnostics(error)
    message, script = error.message, publication.script
    found = await settle_or_explain(script) if script.unsettled else None
    if isinstance(found, Unproven):
        message += (
            f" What is live could not be put right yet, which is tried again until it is: {found.reason}"
        )
    async with resources.db.begin() as session:
        await record_failed(
            session,
            resources.outbox,
            job.held.lease,
            job.row.id,
            code=error.code,
            message=message,
            diagnostics=diagnostics,
            steps=script.steps,
            found=found,
        )
    logger.warning("deployment failed", code=error.code, reason=message, steps_ms=script.steps)


def _diagnostics(error: AppError) -> tuple[Diagnostic, ...]:
    """Where in the app's migrations it has failed, if they are why."""
    findings = error.findings if isinstance(error, MigrationsRefused) else ()
    return tuple(found.as_diagnostic() for found in findings if found.level == "error")[:MAX_DIAGNOSTICS]


def _given_up(row: Deployment, error: AppError) -> AppError:
    """What it fails with that has waited too long; who was away, or a key, keeps its own code."""
    waited = (utcnow() - (row.waiting_since or row.updated_at)).total_seconds()
    for_so_long = f"{waited:.0f} s" if waited < 120 else f"{waited / 60:.0f} minutes"
    if isinstance(error, CloudflareUnavailable):
        return type(error)(f"Gave up after {for_so_long} without Cloudflare. The last was: {error.message}")
    if isinstance(error, DataUnavailable):
        given_up = DataUnavailable(f"Gave up after {for_so_long} without the app's database. {error.message}")
        given_up.code = error.code  # type: ignore[misc]  # the data service's own
        return given_up
    if isinstance(error, SecretKeyMissing):
        return SecretUnreadable(f"Gave up after {for_so_long} without its key. {error.message}")
    return AttemptsExhausted(f"Gave up after {for_so_long} of trying. {error.message}")


def _require_attempts(resources: Resources, row: Deployment) -> None:
    if _patience(resources).is_over(row):
        begun = f"It was begun {row.attempts - 1} times without coming to an end."
        raise AttemptsExhausted(f"{begun} {row.problem_message or ''}".strip())


def _patience(resources: Resources) -> Patience:
    return Patience(failures=resources.settings.max_failures, seconds=resources.settings.max_wait_seconds)


async def _give_back(resources: Resources, job: Job, error: BaseException) -> None:
    """Back to the queue: to whoever is free, and after a pause when the attempt did not go well.

    What is live is left as it is: the next attempt goes on with it.
    """
    pause = 0.0
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(RELEASE_SECONDS), resources.db.begin() as session:
            await job.held.lease.hold(session)
            row = await deployments.find(session, job.row.id, lock=True)
            if row is not None and row.state == DeploymentState.DEPLOYING:
                row.end_attempt(error)
                row.updated_at = utcnow()
                if isinstance(error, Exception):
                    row.problem_code, row.problem_message = _reported(row, error)
                    pause = _pause(resources, row, error)
                    row.retry_at = func.now() + timedelta(seconds=pause)  # the database's clock alone decides
                    if pause >= TOLD_SECONDS:
                        events.waiting(resources.outbox, session, row, pause)
                else:
                    await queue.announce(session)
            await job.held.lease.release(session)
    asyncio.get_running_loop().call_later(pause, resources.slots.wake)


def _reported(row: Deployment, error: Exception) -> tuple[str, str]:
    """One line in the log for what is expected to happen, a traceback for what is not."""
    if isinstance(error, AppError):
        code, reason = error.code, error.message
        logger.warning("deployment delayed", code=code, reason=reason)
    else:
        code, reason = DeployerBroken.code, type(error).__name__
        logger.error("attempt failed unexpectedly", exc_info=error)
    DEPLOYMENTS_DELAYED.labels(row.environment, code).inc()
    return code, reason


def _pause(resources: Resources, row: Deployment, error: Exception) -> float:
    """Seconds until the next attempt: what the other side asks for, all of it, or a growing pause."""
    asked: float | None = getattr(error, "retry_after", None)
    return PAUSES.seconds(row.attempts) if asked is None else min(asked, resources.settings.max_wait_seconds)
