"""One requested build, from its claim to its result and the event that tells of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from builder.db import builds
from builder.db.models import Build, DeletedApp
from builder.domain.verdict import Failure, Outcome
from builder.errors import BuildConflict, IsolationUnavailable, NodeUnavailable
from builder.metrics import BUILD_SECONDS, BUILDS
from builder.settings import Settings
from builder.usecases import events
from builder.usecases.livelog import LiveLog
from builder.usecases.make import Steps, make
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import (
    UNFINISHED_BUILD,
    Artifact,
    BuildRequested,
    BuildState,
    ErrorCategory,
    artifact_key,
)
from common.deletion import is_deleted
from common.errors import AppError
from common.logging import get_logger
from common.messaging.streams import BUILD_FINISHED_SUBJECT, BUILD_STARTED_SUBJECT
from common.work import Lease, LeaseLost, Patience, under_lease

logger = get_logger(__name__)

# A person must act before another attempt could go better.
_HOPELESS = (IsolationUnavailable, NodeUnavailable)
_RELEASE_SECONDS = 2.0


@dataclass(frozen=True)
class _Claimed:
    """`reusable` is the artifact of an earlier green build of the same input."""

    build: Build
    lease: Lease[Build]
    reusable: Artifact | None


async def build(resources: Resources, request: BuildRequested) -> None:
    """Idempotent by the build's id. Raises a retryable error when the platform failed and may do better."""
    if not await _take_in(resources, request):
        return
    async with resources.slots:
        steps = Steps()
        with steps.timed("claim"):
            claimed = await _claim(resources, request.build_id)
        if claimed is None:
            return
        log = LiveLog(resources.bus, claimed.build)
        lease, beat = claimed.lease, resources.settings.heartbeat_seconds
        try:
            outcome = await under_lease(
                resources.db, lease, _outcome(resources, claimed, log, steps), every=beat
            )
            await _finish(resources, lease, outcome, log.text, steps)
        except LeaseLost as error:
            logger.warning("build left alone", reason=error.message)
            async with resources.db.begin() as session:
                await builds.stopped(session, lease, log.text)
        except BaseException as error:
            await _release(resources, lease, error)
            raise
        finally:
            await log.close()


async def _take_in(resources: Resources, request: BuildRequested) -> bool:
    """Stores the request, so that it can be seen and cancelled before it has its turn; whether to go on.

    Not when the app is deleted, nor when the build is final: it is then answered again. Raises BuildConflict
    when the id was used for another build.
    """
    async with resources.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return False
        await builds.insert_new(session, request)
        build = await builds.find(session, request.build_id, lock=True, log=True)
        if build is None or not _same(build, request):
            raise BuildConflict(
                f"The build id {request.build_id} was used for another source; use a new id.",
                build_id=request.build_id,
            )
        if build.state in UNFINISHED_BUILD:
            return True
        resources.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, build.log))
        return False


async def _claim(resources: Resources, build_id: str) -> _Claimed | None:
    """None when there is nothing to do here: it is gone or final by now, or another builder is at it."""
    async with resources.db.begin() as session:
        build = await builds.find(session, build_id, lock=True, log=True)
        if build is None:
            return None
        lease = await builds.claim(session, build, resources.settings.lease_seconds)
        if lease is None:
            return None
        if _patience(resources.settings).is_over(build):
            message = f"The build was begun {build.attempts - 1} times without coming to an end."
            end(resources, session, build, Failure(ErrorCategory.INFRASTRUCTURE, message), build.log, {})
            build.lease_until = None
            return None
        resources.outbox.add(session, BUILD_STARTED_SUBJECT, events.started(build))
        earlier = await builds.reusable(session, build)
        return _Claimed(build, lease, earlier.artifact if earlier else None)


def _same(build: Build, request: BuildRequested) -> bool:
    mine = (build.app_id, build.mode, build.source_digest, build.template)
    return mine == (request.app_id, request.mode.value, request.source_digest, request.template)


async def _outcome(resources: Resources, claimed: _Claimed, log: LiveLog, steps: Steps) -> Outcome:
    """Raises what another attempt may do better."""
    try:
        reusable = claimed.reusable
        if reusable is not None and await resources.objects.exists(
            artifact_key(claimed.build.app_id, reusable.digest)
        ):
            log.add("builder", "The same source was built before; its artifact is used again.")
            return reusable
        return await make(resources, claimed.build, log, steps)
    except Exception as error:
        ends = _patience(resources.settings).ends(claimed.build, error)
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


def _patience(settings: Settings) -> Patience:
    """How often a build may fail, and how long it may wait for what is away, before it ends."""
    return Patience(failures=settings.max_failures, seconds=settings.max_wait_seconds)


async def _release(resources: Resources, lease: Lease[Build], error: BaseException) -> None:
    """Gives the build back to the queue, so that the next attempt begins at once."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), resources.db.begin() as session:
            build = await lease.hold(session)
            build.end_attempt(error)
            build.state = BuildState.QUEUED.value
            build.updated_at = utcnow()
            build.lease_until = None


async def _finish(
    resources: Resources, lease: Lease[Build], outcome: Outcome, log: str, steps: dict[str, float]
) -> None:
    """Raises LeaseLost when another builder has the build by now, or it was cancelled."""
    async with resources.db.begin() as session:
        build = await lease.hold(session)
        end(resources, session, build, outcome, log, steps)
        build.lease_until = None
    told = {name: round(milliseconds) for name, milliseconds in build.steps_ms.items()}
    logger.info(
        "build finished", state=build.state, category=build.category, duration_ms=build.duration_ms, **told
    )


def end(
    resources: Resources,
    session: AsyncSession,
    build: Build,
    outcome: Outcome,
    log: str,
    steps: dict[str, float],
) -> None:
    """Makes a locked row final and announces it."""
    now = utcnow()
    build.state = _state(outcome).value
    build.finished_at = build.updated_at = now
    build.started_at = build.started_at or now
    build.duration_ms = int((now - build.started_at).total_seconds() * 1000)
    build.steps_ms = {name: round(milliseconds, 1) for name, milliseconds in steps.items()}
    build.log = log
    if isinstance(outcome, Artifact):
        build.artifact = outcome
    elif isinstance(outcome, Failure):
        build.category = outcome.category.value
        build.message = outcome.message
        build.diagnostics = [found.model_dump() for found in outcome.diagnostics]
    else:
        build.message = "The build was cancelled."
    BUILDS.labels(build.mode, build.category or build.state).inc()
    BUILD_SECONDS.labels(build.mode).observe(build.duration_ms / 1000)
    resources.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, log))


def _state(outcome: Outcome) -> BuildState:
    if isinstance(outcome, Artifact):
        return BuildState.SUCCEEDED
    return BuildState.FAILED if isinstance(outcome, Failure) else BuildState.CANCELLED
