"""Dumps and restores wait as rows: a loop of any replica takes them up, one at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.work import Lease, LeaseLost
from data.db import dumps
from data.db.dumps import W
from data.usecases.resources import Resources

ATTEMPTS = 20
"""How often a dump or restore is begun."""

logger = get_logger(__name__)


async def record_failure(db: Database, lease: Lease[Any], error: Exception) -> None:
    """Ends the work when trying again is in vain; else it waits until its lease is over."""
    if isinstance(error, LeaseLost):
        return
    with suppress(LeaseLost):
        async with db.begin() as session:
            row = await lease.hold(session)
            message = error.message if isinstance(error, AppError) else "Something went wrong on our side."
            final = isinstance(error, AppError) and not error.retryable
            if final or row.attempts >= ATTEMPTS:
                dumps.finish(row, message)
            else:
                row.problem = message


async def work_off(
    resources: Resources,
    model: type[W],
    work: Callable[[Resources, Lease[Any]], Awaitable[object]],
) -> None:
    """Does what waits, again and again."""
    settings = resources.settings
    while True:
        async with resources.db.begin() as session:
            lease = await dumps.claim_pending(session, model, settings.lease_seconds)
        if lease is None:
            await asyncio.sleep(settings.reconcile_seconds)
            continue
        try:
            await work(resources, lease)
        except AppError as error:
            logger.warning("work left", kind=model.__tablename__, key=lease.key, reason=error.message)
        except Exception:
            logger.exception("work left, to be tried again", kind=model.__tablename__, key=lease.key)
