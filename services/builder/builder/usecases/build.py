"""One requested build, from its message to its result."""

import asyncio
from contextlib import suppress

from builder.db import builds
from builder.db.builds import Lease
from builder.domain.outcome import Cancelled, Outcome
from builder.domain.verdict import Failure
from builder.errors import IsolationUnavailable, LeaseLost, NodeUnavailable
from builder.usecases.claim import Claimed, claim
from builder.usecases.finish import finish
from builder.usecases.livelog import LiveLog
from builder.usecases.make import Steps, make
from builder.usecases.pools import Pools
from common.contracts import BuildRequested, ErrorCategory, artifact_key
from common.errors import AppError, Unavailable
from common.logging import get_logger

logger = get_logger(__name__)

# A person must act before another attempt could go better.
_HOPELESS = (IsolationUnavailable, NodeUnavailable)


async def build(pools: Pools, request: BuildRequested) -> None:
    """Idempotent by the build's id. Raises a retryable error when the platform failed and may do better."""
    async with pools.slots:
        steps = Steps()
        with steps.timed("claim"):
            claimed = await claim(pools, request)
        if claimed is None:
            return
        log = LiveLog(pools.bus, claimed.build)
        try:
            outcome = await _outcome(pools, claimed, log, steps)
            await finish(pools, claimed.lease, outcome, log.text, steps)
        except LeaseLost as error:
            logger.warning("build left to another builder", reason=error.message)
        except BaseException:
            await _release(pools, claimed.lease)
            raise
        finally:
            await log.close()


async def _outcome(pools: Pools, claimed: Claimed, log: LiveLog, steps: Steps) -> Outcome:
    """Raises what another attempt may do better."""
    try:
        twin = claimed.twin
        if twin is not None and await pools.objects.exists(artifact_key(claimed.build.app_id, twin.digest)):
            log.add("builder", "The same source was built before; its artifact is used again.")
            return twin
        return await _watched(pools, claimed, log, steps)
    except LeaseLost:
        raise
    except AppError as error:
        attempts = claimed.build.attempts
        if error.retryable and attempts < pools.settings.max_attempts and not isinstance(error, _HOPELESS):
            raise
        log.add("builder", error.message)
        logger.error("build failed for the platform's reasons", code=error.code, reason=error.message)  # noqa: TRY400
        return Failure(ErrorCategory.INFRASTRUCTURE, error.message)


async def _watched(pools: Pools, claimed: Claimed, log: LiveLog, steps: Steps) -> Outcome:
    """Makes the artifact and meanwhile keeps the lease and looks for a cancellation."""
    making = asyncio.create_task(make(pools, claimed.build, log, steps))
    try:
        while not (await asyncio.wait([making], timeout=pools.settings.heartbeat_seconds))[0]:
            if await _renew(pools, claimed.lease):
                log.add("builder", "The build was cancelled.")
                return Cancelled()
        return await making
    finally:
        # Its end also ends the sandbox; both are awaited, so nothing is left running behind the result.
        making.cancel()
        await asyncio.wait([making])


async def _renew(pools: Pools, lease: Lease) -> bool:
    """Whether a cancellation was asked for. A database that is away for a moment stops no build."""
    try:
        async with pools.db.begin() as session:
            return await builds.renew(session, lease, pools.settings.lease_seconds)
    except LeaseLost:
        raise
    except Unavailable as error:
        logger.warning("lease not renewed", reason=error.message)
        return False


async def _release(pools: Pools, lease: Lease) -> None:
    with suppress(Unavailable):
        async with pools.db.begin() as session:
            await builds.release(session, lease)
