"""One requested build, from its claim to its result and the event that tells of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from structlog.contextvars import bind_contextvars

from builder.db import builds, queue
from builder.db.models import Build
from builder.domain.verdict import Failure, Made, Outcome
from builder.errors import IsolationUnavailable, NodeUnavailable
from builder.settings import Settings
from builder.usecases.livelog import USED_AGAIN, LiveLog
from builder.usecases.make import Steps, make
from builder.usecases.resources import Resources
from builder.usecases.result import record
from common.clock import utcnow
from common.contracts import BuildState, ErrorCategory, artifact_key
from common.errors import AppError
from common.logging import get_logger
from common.retry import Backoff
from common.tracing import bind_traceparent
from common.work import Lease, LeaseLost, Patience, under_lease

logger = get_logger(__name__)

# A person must act before another attempt could go better.
_HOPELESS = (IsolationUnavailable, NodeUnavailable)
_RELEASE_SECONDS = 2.0
_PAUSES = Backoff(first=0.5, longest=30.0)


@dataclass(frozen=True)
class Claimed:
    """`reusable` is what an earlier green build of the same input has made."""

    build: Build
    lease: Lease[Build]
    reusable: Made | None


async def build(resources: Resources, claimed: Claimed, steps: Steps) -> None:
    """Carries a claimed build to its end, or gives it back to the queue for another attempt."""
    bind_traceparent(claimed.build.traceparent)
    bind_contextvars(build_id=claimed.build.id, app_id=claimed.build.app_id, run_id=claimed.build.run_id)
    log = LiveLog(resources.bus, claimed.build)
    lease, beat = claimed.lease, resources.settings.heartbeat_seconds
    try:
        with resources.calm.broken():
            work = _outcome(resources, claimed, log, steps)
            outcome = await under_lease(resources.db, lease, work, every=beat)
            await record(resources.db, resources.outbox, lease, outcome, log.text, steps, steps.usage)
        resources.want_pages()
    except LeaseLost as error:
        logger.warning("build left alone", reason=error.message)
        async with resources.db.begin() as session:
            await builds.stopped(session, lease, log.text)
    except Exception as error:  # noqa: BLE001  # reported, and tried again
        _report(error)
        await _release(resources, lease, error)
    except BaseException as error:
        await _release(resources, lease, error)
        raise
    finally:
        await log.close()


def _report(error: Exception) -> None:
    """One line for what is expected to happen, a traceback for what is not."""
    if isinstance(error, AppError):
        logger.warning("build delayed", code=error.code, reason=error.message)
    else:
        logger.error("build failed unexpectedly", exc_info=error)


async def _outcome(resources: Resources, claimed: Claimed, log: LiveLog, steps: Steps) -> Outcome:
    """Raises what another attempt may do better."""
    try:
        reusable = claimed.reusable
        if reusable is not None and await resources.objects.exists(
            artifact_key(claimed.build.app_id, reusable.artifact.digest)
        ):
            log.add("builder", USED_AGAIN)
            return reusable
        return await make(resources, claimed.build, log, steps)
    except Exception as error:
        ends = patience(resources.settings).ends(claimed.build, error)
        if not ends and not isinstance(error, _HOPELESS):
            raise
        code, message = _described(error)
        log.add("builder", message)
        logger.exception("build failed for the platform's reasons", code=code)
        return Failure(ErrorCategory.INFRASTRUCTURE, message)


def _described(error: Exception) -> tuple[str, str]:
    if isinstance(error, AppError):
        return error.code, error.message
    return "internal_error", "Something went wrong in the builder itself."


def patience(settings: Settings) -> Patience:
    """How often a build may fail, and how long it may wait for what is away, before it ends."""
    return Patience(failures=settings.max_failures, seconds=settings.max_wait_seconds)


async def _release(resources: Resources, lease: Lease[Build], error: BaseException) -> None:
    """Gives the build back to the queue: to whoever is free, and after a pause when it did not go well."""
    pause = 0.0
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), resources.db.begin() as session:
            build = await lease.hold(session)
            build.end_attempt(error)
            build.state = BuildState.QUEUED.value
            build.updated_at = utcnow()
            build.lease_until = None
            if isinstance(error, Exception):
                pause = _PAUSES.seconds(build.attempts, getattr(error, "retry_after", None))
                build.retry_at = func.now() + timedelta(seconds=pause)  # the database's clock alone decides
            else:
                await queue.announce(session)
    asyncio.get_running_loop().call_later(pause, resources.slots.wake)
