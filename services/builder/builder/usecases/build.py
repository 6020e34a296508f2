"""One requested build, from its message to its result."""

import asyncio
from contextlib import suppress

from builder.db import builds
from builder.db.models import Build
from builder.domain.outcome import Outcome
from builder.domain.verdict import Failure
from builder.errors import IsolationUnavailable, NodeUnavailable
from builder.usecases.claim import Claimed, claim, patience
from builder.usecases.finish import finish
from builder.usecases.livelog import LiveLog
from builder.usecases.make import Steps, make
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import BuildRequested, BuildState, ErrorCategory, artifact_key
from common.errors import AppError
from common.logging import get_logger
from common.work import Lease, LeaseLost, under_lease

logger = get_logger(__name__)

# A person must act before another attempt could go better.
_HOPELESS = (IsolationUnavailable, NodeUnavailable)
_RELEASE_SECONDS = 2.0


async def build(resources: Resources, request: BuildRequested) -> None:
    """Idempotent by the build's id. Raises a retryable error when the platform failed and may do better."""
    async with resources.slots:
        steps = Steps()
        with steps.timed("claim"):
            claimed = await claim(resources, request)
        if claimed is None:
            return
        log = LiveLog(resources.bus, claimed.build)
        lease, beat = claimed.lease, resources.settings.heartbeat_seconds
        try:
            outcome = await under_lease(
                resources.db, lease, _outcome(resources, claimed, log, steps), every=beat
            )
            await finish(resources, lease, outcome, log.text, steps)
        except LeaseLost as error:
            logger.warning("build left alone", reason=error.message)
            async with resources.db.begin() as session:
                await builds.stopped(session, lease, log.text)
        except BaseException as error:
            await _release(resources, lease, error)
            raise
        finally:
            await log.close()


async def _outcome(resources: Resources, claimed: Claimed, log: LiveLog, steps: Steps) -> Outcome:
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


async def _release(resources: Resources, lease: Lease[Build], error: BaseException) -> None:
    """Gives the build back to the queue, so that the next attempt begins at once."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), resources.db.begin() as session:
            build = await lease.hold(session)
            build.end_attempt(error)
            build.state = BuildState.QUEUED.value
            build.updated_at = utcnow()
            build.lease_until = None
