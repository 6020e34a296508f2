"""Works off deployments: claim, publish under the lease, record."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from common.contracts import DeploymentState, DeployRequested
from common.deletion import is_deleted
from common.errors import AppError
from common.logging import get_logger
from deployer.db import deployments, environments
from deployer.db.environments import Lease
from deployer.db.models import DeletedApp
from deployer.errors import AttemptsExhausted, CloudflareUnavailable, LeaseLost
from deployer.usecases.claim import Job, claim_next
from deployer.usecases.outcome import record_deployed, record_failed
from deployer.usecases.pools import Pools
from deployer.usecases.publish import Publication, put_back_or_explain
from deployer.usecases.receive import receive

RELEASE_SECONDS = 2.0
T = TypeVar("T")

logger = get_logger(__name__)


async def deploy(pools: Pools, request: DeployRequested) -> None:
    """Take the request in and work off its place's queue, unless another does or the app is deleted."""
    async with pools.db.begin() as session:
        if await is_deleted(session, DeletedApp, request.app_id):
            return
        row = await receive(session, pools.outbox, request)
        waiting = row.state in {DeploymentState.PENDING, DeploymentState.DEPLOYING}
        job = await claim_next(session, pools, row.app_id, row.environment) if waiting else None
    while job is not None:
        await _work(pools, job)
        async with pools.db.begin() as session:
            job = await claim_next(session, pools, job.row.app_id, job.row.environment)


async def _work(pools: Pools, job: Job) -> None:
    """One deployment to its end. Raises what may pass by itself: the message then comes again."""
    publication = Publication(pools, job)
    try:
        await _under_lease(pools, job.lease, _publish(pools, job, publication))
    except LeaseLost as error:
        logger.warning("deployment taken over", deployment_id=job.row.id, reason=error.message)
    except BaseException as error:
        with suppress(Exception):
            async with asyncio.timeout(RELEASE_SECONDS):
                await _release(pools, job, error)
        raise


async def _publish(pools: Pools, job: Job, publication: Publication) -> None:
    row = job.row
    try:
        if row.attempts > pools.settings.max_attempts:
            raise AttemptsExhausted(
                f"Gave up after {pools.settings.max_attempts} attempts. The last one: {row.problem_message}"
            )
        outcome = await publication.run()
    except LeaseLost:
        raise
    except AppError as error:
        # Cloudflare has had its retries; everything else that may pass is tried again from the start.
        if error.retryable and not isinstance(error, CloudflareUnavailable):
            raise
        message = await put_back_or_explain(publication, error)
        async with pools.db.begin() as session:
            await record_failed(
                session,
                pools.outbox,
                job.lease,
                row.id,
                code=error.code,
                message=message,
                steps=publication.steps,
                restored=publication.restored,
            )
        logger.warning("deployment failed", code=error.code, reason=message, steps_ms=publication.steps)
        return
    async with pools.db.begin() as session:
        await record_deployed(session, pools.outbox, job.lease, row.id, outcome, publication.steps)
    logger.info("deployed", url=outcome.url, script_bytes=outcome.script_bytes, steps_ms=publication.steps)


async def _under_lease(pools: Pools, lease: Lease, work: Coroutine[Any, Any, T]) -> T:
    """Do the work while the lease is renewed; the work ends when the lease is lost."""
    worker = asyncio.create_task(work)
    keeper = asyncio.create_task(_keep(pools, lease))
    try:
        await asyncio.wait({worker, keeper}, return_when=asyncio.FIRST_COMPLETED)
        if worker.done():
            return worker.result()
        keeper.result()
        raise LeaseLost("The lease was not renewed.")
    finally:
        for task in (worker, keeper):
            task.cancel()
        await asyncio.gather(worker, keeper, return_exceptions=True)


async def _keep(pools: Pools, lease: Lease) -> None:
    """Renew the lease every third of it; a database that is away for less than the lease does no harm."""
    seconds = pools.settings.lease_seconds
    missed = 0
    while True:
        await asyncio.sleep(seconds / 3)
        try:
            async with pools.db.begin() as session:
                await environments.renew(session, lease, seconds)
            missed = 0
        except LeaseLost:
            raise
        except AppError:
            missed += 1
            if missed >= 2:
                raise


async def _release(pools: Pools, job: Job, error: BaseException) -> None:
    """Let the next attempt begin at once, and remember why this one ended."""
    message = error.message if isinstance(error, AppError) else type(error).__name__
    async with pools.db.begin() as session:
        await environments.held(session, job.lease)
        row = await deployments.find(session, job.row.id, lock=True)
        if row is not None and row.state == DeploymentState.DEPLOYING:
            row.problem_message = message
        await environments.release(session, job.lease)
