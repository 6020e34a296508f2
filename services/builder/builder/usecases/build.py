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
from builder.usecases.pools import Pools
from common.clock import utcnow
from common.contracts import BuildRequested, BuildState, ErrorCategory, artifact_key
from common.errors import AppError
from common.logging import get_logger
from common.work import Lease, LeaseLost, is_waiting, under_lease

logger = get_logger(__name__)

# A person must act before another attempt could go better.
_HOPELESS = (IsolationUnavailable, NodeUnavailable)
_RELEASE_SECONDS = 2.0


async def build(pools: Pools, request: BuildRequested) -> None:
    """Idempotent by the build's id. Raises a retryable error when the platform failed and may do better."""
    async with pools.slots:
        steps = Steps()
        with steps.timed("claim"):
            claimed = await claim(pools, request)
        if claimed is None:
            return
        log = LiveLog(pools.bus, claimed.build)
        lease, beat = claimed.lease, pools.settings.heartbeat_seconds
        try:
            outcome = await under_lease(pools.db, lease, _outcome(pools, claimed, log, steps), every=beat)
            await finish(pools, lease, outcome, log.text, steps)
        except LeaseLost as error:
            logger.warning("build left alone", reason=error.message)
            async with pools.db.begin() as session:
                await builds.stopped(session, lease, log.text)
        except BaseException as error:
            await _release(pools, lease, error)
            raise
        finally:
            await log.close()


async def _outcome(pools: Pools, claimed: Claimed, log: LiveLog, steps: Steps) -> Outcome:
    """Raises what another attempt may do better."""
    try:
        reusable = claimed.reusable
        if reusable is not None and await pools.objects.exists(
            artifact_key(claimed.build.app_id, reusable.digest)
        ):
            log.add("builder", "The same source was built before; its artifact is used again.")
            return reusable
        return await make(pools, claimed.build, log, steps)
    except Exception as error:
        began = claimed.build.started_at or utcnow()
        ends = patience(pools.settings).ends(claimed.build, error, since=began)
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


async def _release(pools: Pools, lease: Lease[Build], error: BaseException) -> None:
    """Gives the build back to the queue, so that the next attempt begins at once."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), pools.db.begin() as session:
            build = await lease.hold(session)
            build.failures += not is_waiting(error)
            build.state = BuildState.QUEUED.value
            build.updated_at = utcnow()
            build.lease_until = None
