"""Frees R2: objects that no deployment needs are marked, and when the grace is over removed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from common.contracts import asset_key
from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.objects import ObjectStore
from deployer.db import objects
from deployer.db.objects import Amount
from deployer.metrics import NEEDS_UNKNOWN, OBJECTS, OBJECTS_BYTES, OBJECTS_SWEPT, OBJECTS_SWEPT_BYTES
from deployer.usecases.backfill import backfill
from deployer.usecases.bucket import is_ours_alone
from deployer.usecases.resources import Resources

BATCH = 100
MARK_BATCH = 200
PARALLEL = 8
# A removal that has not been confirmed within the first is begun again after the second. By then R2 has done
# or dropped what was asked of it before, so that nothing can remove an object that was stored anew.
REMOVE_SECONDS = 30.0
RETRY = timedelta(seconds=150)

logger = get_logger(__name__)


async def sweep_loop(resources: Resources) -> None:
    """Removes what is due, soon after it is."""
    settings = resources.settings
    while True:
        free = await sweep(resources.db, resources.assets)
        await asyncio.sleep(settings.reconcile_seconds if free else settings.objects_mark_seconds)


async def mark_loop(resources: Resources) -> None:
    """Has every object looked at again and again, whatever has been missed before."""
    settings = resources.settings
    while True:
        try:
            await is_ours_alone(resources.db, resources.assets)  # others have to know of us early
            await backfill(resources.db, resources.objects, resources.assets)
        except AppError as error:
            logger.warning("needs of earlier releases not known yet", reason=error.message)
        await mark_needs(resources.db, grace=settings.objects_grace())
        await asyncio.sleep(settings.objects_mark_seconds)


async def mark_needs(db: Database, *, grace: timedelta) -> None:
    """Notes of all objects whether they are needed. Those that are not are due after `grace`."""
    total, after, more = {True: Amount(), False: Amount()}, "", True
    while more:
        async with db.begin() as session:
            marked = await objects.mark_needs(session, after=after, limit=MARK_BATCH, grace=grace)
        for needed, amount in marked.amounts.items():
            total[needed] = total[needed].plus(*amount)
        more, after = marked.last is not None, marked.last or ""
    for needed, amount in total.items():
        OBJECTS.labels("needed" if needed else "unneeded").set(amount.objects)
        OBJECTS_BYTES.labels("needed" if needed else "unneeded").set(amount.size)


async def sweep(db: Database, assets: ObjectStore) -> bool:
    """Removes what is due and needed by nobody; False when it may not be known who needs what.

    The row says that the object is being removed before R2 is asked to, and goes when R2 has confirmed it:
    whoever needs the object meanwhile waits for that.
    """
    async with db.begin() as session:
        if not await objects.is_due(session):
            return True
    if not await is_ours_alone(db, assets):
        return False
    more = True
    while more:
        async with db.begin() as session:
            unknown = await objects.unknown_needs(session)
            NEEDS_UNKNOWN.set(unknown)
            if unknown:
                return False
            claimed = await objects.claim(session, retry=RETRY, limit=BATCH)
        more = claimed.more
        if claimed.digests:
            gone = await _remove(assets, claimed.digests)
            async with db.begin() as session:
                amount = await objects.removed(session, claimed, gone)
            OBJECTS_SWEPT.inc(amount.objects)
            OBJECTS_SWEPT_BYTES.inc(amount.size)
            logger.info("objects removed from R2", objects=amount.objects, bytes=amount.size)
    return True


async def _remove(assets: ObjectStore, digests: Sequence[str]) -> list[str]:
    """Those that R2 has confirmed; the others are tried again by whoever comes next."""
    gate, gone = asyncio.Semaphore(PARALLEL), []

    async def remove(digest: str) -> None:
        async with gate:
            try:
                await assets.delete(asset_key(digest))
            except AppError as error:
                logger.warning("object not removed yet", digest=digest, reason=error.message)
            else:
                gone.append(digest)

    with suppress(TimeoutError):
        async with asyncio.timeout(REMOVE_SECONDS), asyncio.TaskGroup() as group:
            for digest in digests:
                group.create_task(remove(digest))
    return gone
