"""One step of a run's work: taken under a lease, so that a crash or a second worker does no harm."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import structlog

from common.contracts import RunState
from common.errors import AppError
from common.logging import get_logger
from orchestrator.db import runs
from orchestrator.db.runs import LEASE, Lease, LeaseLost
from orchestrator.errors import RunBroken
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.check import request_check
from orchestrator.usecases.runs.finish import fail_run
from orchestrator.usecases.runs.generate import generate
from orchestrator.usecases.runs.prepare import prepare, start

_ATTEMPTS = 3
_RENEW_SECONDS = LEASE.total_seconds() / 5

logger = get_logger(__name__)


async def advance_run(resources: Resources, run_id: str, attempt: int) -> None:
    """Carries the run as far as it goes without another service: to its build, or to its end.

    Returns without doing anything when the run waits for something else or is in other hands. What fails
    unexpectedly is tried again; on attempt 3 the run ends, so that its user is not left waiting.
    """
    async with resources.db.begin() as session:
        lease = await runs.claim(session, run_id)
        if lease is not None:
            await start(session, lease)
    if lease is None:
        return
    structlog.contextvars.bind_contextvars(run_id=lease.run_id, app_id=lease.app_id)
    try:
        await _while_held(resources, lease, _work(resources, lease))
    except LeaseLost:
        logger.info("run taken away", run_id=run_id)
    except AppError as error:
        if error.retryable:
            raise
        await _fail(resources, lease, error)
    except Exception:
        if attempt < _ATTEMPTS:
            raise
        logger.exception("run failed unexpectedly")
        await _fail(resources, lease, RunBroken("Something went wrong on our side. Your app is unchanged."))
    finally:
        with suppress(AppError):
            await _release(resources, lease)


async def _work(resources: Resources, lease: Lease) -> None:
    async with resources.db.begin() as session:
        run = await lease.hold(session)
    if run.state == RunState.PREPARING:
        await prepare(resources, lease)
    await generate(resources, lease)
    await request_check(resources, lease)


async def _while_held(resources: Resources, lease: Lease, work: Coroutine[None, None, None]) -> None:
    """Runs `work` and renews the lease meanwhile; stops it, raising LeaseLost, when the lease is gone."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            async with resources.db.begin() as session:
                await lease.renew(session)

    working, keeping = asyncio.create_task(work), asyncio.create_task(keep())
    try:
        await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
        (working if working.done() else keeping).result()
    finally:
        for task in (working, keeping):
            task.cancel()
        await asyncio.gather(working, keeping, return_exceptions=True)


async def _fail(resources: Resources, lease: Lease, error: AppError) -> None:
    logger.warning("run failed", code=error.code, reason=error.message)
    with suppress(LeaseLost):
        async with resources.db.begin() as session:
            await fail_run(session, resources.outbox, await lease.hold(session), error)


async def _release(resources: Resources, lease: Lease) -> None:
    async with resources.db.begin() as session:
        await lease.release(session)
