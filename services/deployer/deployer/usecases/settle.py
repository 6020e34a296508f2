"""Makes Cloudflare serve what the rows say wherever that is not certain, and removes what no row knows."""

import asyncio
from contextlib import suppress

from common.errors import AppError
from common.logging import get_logger
from common.work import LeaseLost, under_lease
from deployer.db import environments
from deployer.usecases.live_script import Held, LiveScript, hold, settle_or_explain
from deployer.usecases.outcome import Proof, record_settled
from deployer.usecases.resources import Resources

AT_ONCE = 4
RELEASE_SECONDS = 2.0
WHY = "A change that had been given up took effect late."

logger = get_logger(__name__)


async def settle_loop(resources: Resources) -> None:
    """Settles environments as they fall due, a few at a time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def work(held: Held) -> None:
        try:
            await settle(resources, held)
        except AppError as error:  # the database is away: the environment falls due again with its lease
            logger.warning("environment left", app_id=held.environment.app_id, reason=error.message)
        finally:
            slots.release()

    async with asyncio.TaskGroup() as group:
        while True:
            await slots.acquire()
            held = await _claim_due(resources)
            if held is not None:
                group.create_task(work(held))
                continue
            slots.release()
            await asyncio.sleep(resources.settings.reconcile_seconds)


async def settle(resources: Resources, held: Held) -> None:
    """One look at an environment, which is put right where it is not what the rows say."""
    script = LiveScript(resources, held, held.environment.unsettled_reason or WHY)
    try:
        await under_lease(resources.db, held.lease, _settle(resources, held, script))
    except LeaseLost as error:
        logger.warning("environment left alone", script=script.name, reason=error.message)
        await script.report_doubt()
    except BaseException:
        with suppress(AppError, TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS), resources.db.begin() as session:
                await held.lease.release(session)
        raise


async def _claim_due(resources: Resources) -> Held | None:
    async with resources.db.begin() as session:
        lease = await environments.claim_due(session, resources.settings.lease_seconds)
        return None if lease is None else await hold(session, lease)


async def _settle(resources: Resources, held: Held, script: LiveScript) -> None:
    found = await settle_or_explain(script)
    async with resources.db.begin() as session:
        await record_settled(session, held.lease, found)
    resources.slots.wake()
    if script.unsettled and isinstance(found, Proof):
        logger.info("environment settled", script=script.name, steps_ms=script.steps)
