"""One step of a run's work: taken under a lease, so that a crash or a second worker does no harm."""

import asyncio
from contextlib import suppress

import structlog

from common.clock import utcnow
from common.contracts import RunRequested, RunState
from common.errors import AppError
from common.logging import get_logger
from common.messaging.streams import RUN_SUBJECT
from common.work import LeaseLost, Patience, under_lease
from orchestrator.db import runs
from orchestrator.db.models import App
from orchestrator.db.runs import Lease
from orchestrator.errors import RunBroken
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.check import request_check
from orchestrator.usecases.runs.choosing import choose_template
from orchestrator.usecases.runs.finish import answer_run, fail_run, wait_run
from orchestrator.usecases.runs.generate import generate
from orchestrator.usecases.runs.prepare import prepare, start
from orchestrator.usecases.runs.upgrades import merged_for

_RELEASE_SECONDS = 2.0
_BROKEN = "Something went wrong on our side. Your app is unchanged."

logger = get_logger(__name__)


async def advance_run(resources: Resources, asked: RunRequested) -> None:
    """Carries a run as far as it goes without another service: to its build, or to its end.

    It is the one asked for, unless one of another team comes before it. Returns without doing anything when
    all wait for something else or are in other hands. What fails unexpectedly, or ends its process, is tried
    again some times; then the run ends, so that its user is not left waiting.
    """
    lease = await _claim(resources, asked)
    if lease is None:
        return
    structlog.contextvars.bind_contextvars(run_id=lease.run_id, app_id=lease.app_id)
    try:
        await under_lease(resources.db, lease, _work(resources, lease))
    except LeaseLost:
        logger.info("run taken away", run_id=lease.run_id)
    except BaseException as error:
        if not await _ended(resources, lease, error):
            raise
    else:
        await _release(resources, lease)


async def _claim(resources: Resources, asked: RunRequested) -> Lease | None:
    async with resources.db.begin() as session:
        lease = await runs.claim(
            session, asked.run_id, resources.limits.lease_seconds, per_team=resources.shares.at_work
        )
        if lease is None:
            return None
        if lease.run_id != asked.run_id and await runs.is_workable(session, asked.run_id):
            resources.outbox.add(session, RUN_SUBJECT, asked)
        await start(session, lease)
    return lease


async def _work(resources: Resources, lease: Lease) -> None:
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        if _patience(resources).is_over(run):
            raise RunBroken(_BROKEN)
        app = await session.get_one(App, lease.app_id)
        ref = run.template_of(app)
    if app.choosing and app.head is None:
        ref = await choose_template(resources, lease)
    # Before anything else: as long as the template is away, no request to the model is noted.
    template = await resources.templates.get(ref)
    upgrade = run.upgrade is not None
    if run.state == RunState.PREPARING:
        await prepare(
            resources, lease, template, await merged_for(resources, lease, template) if upgrade else None
        )
    if upgrade and not await _needs_model(resources, lease):
        await request_check(resources, lease, {})
        return
    generated = await generate(resources, lease, template.locked)
    if generated.end == "finished":
        await request_check(resources, lease, generated.stored)
        return
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        if generated.end == "waiting":
            await wait_run(session, resources.outbox, run)
        else:
            await answer_run(session, resources.outbox, run, generated.answer)


async def _needs_model(resources: Resources, lease: Lease) -> bool:
    """Not an upgrade without conflicts, unless its files have turned out not to work."""
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        return run.upgrading is None or bool(run.upgrading.conflicts) or run.recoveries > 0


async def _ended(resources: Resources, lease: Lease, error: BaseException) -> bool:
    """Whether the run ends with this error; otherwise it is free for the next attempt at once."""
    if isinstance(error, AppError) and not error.retryable:
        await _fail(resources, lease, error)
        return True
    failures = await _release(resources, lease, error)
    if failures < resources.limits.max_failures:
        return False
    logger.error("run failed unexpectedly", exc_info=error)
    await _fail(resources, lease, RunBroken(_BROKEN))
    return True


def _patience(resources: Resources) -> Patience:
    return Patience(failures=resources.limits.max_failures, seconds=resources.limits.max_seconds)


async def _fail(resources: Resources, lease: Lease, error: AppError) -> None:
    logger.warning("run failed", code=error.code, reason=error.message)
    with suppress(LeaseLost):
        async with resources.db.begin() as session:
            run = await lease.hold(session)
            await fail_run(session, resources.outbox, resources.pricing, run, error)


async def _release(resources: Resources, lease: Lease, error: BaseException | None = None) -> int:
    """How often the run has failed by itself, 0 when it is another's or the database is away."""
    with suppress(AppError, TimeoutError):
        async with asyncio.timeout(_RELEASE_SECONDS), resources.db.begin() as session:
            run = await lease.hold(session)
            if error is not None:
                run.end_attempt(error)
                run.updated_at = utcnow()
            else:
                run.crashes, run.waiting_since = 0, None
            run.lease_until = None
            return run.failures
    return 0
