"""Compares the assets bucket with the tables now and then: neither may know of what the other does not."""

import asyncio
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from common.contracts import ASSETS, RECENT
from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.objects import Entry, ObjectStore
from deployer.db import environments, objects
from deployer.metrics import OBJECTS_ADOPTED, OBJECTS_LOST
from deployer.usecases.bucket import is_ours_alone
from deployer.usecases.resources import Resources
from deployer.usecases.store import present

BATCH = 1000

_ASSET = re.compile(rf"^{ASSETS}([0-9a-f]{{64}})$")
_RECENT = re.compile(rf"^{RECENT}([a-z0-9]{{12}})/([a-z]+)\.json$")
_SOME = 20

logger = get_logger(__name__)


async def audit_loop(resources: Resources) -> None:
    """At the start, which finds what earlier releases have stored, and then every OBJECTS_AUDIT_HOURS."""
    settings = resources.settings
    while True:
        try:
            await audit(resources.db, resources.assets, grace=settings.objects_grace())
        except AppError as error:
            logger.warning("the assets bucket was not looked through", reason=error.message)
        await asyncio.sleep(settings.objects_audit_hours * 3600)


async def audit(db: Database, assets: ObjectStore, *, grace: timedelta) -> None:
    """Objects nobody knows of are to be swept; what was stored and is not there is to be stored again.

    Listings of environments that are gone are removed. Raises Unavailable. In a bucket of several
    installations what this one does not know of is another's.
    """
    alone = await is_ours_alone(db, assets)
    async with db.begin() as session:
        began = await objects.clock(session)
    after = ""
    async for page in assets.entries(ASSETS):
        sizes = {found[1]: entry.size for entry in page if (found := _ASSET.match(entry.key))}
        if not sizes:
            continue
        if alone:
            async with db.begin() as session:
                adopted = await objects.adopt(session, sizes, grace=grace)
            OBJECTS_ADOPTED.inc(adopted)
        last = max(sizes)
        await _find_lost(db, assets, sizes.keys(), after=after, upto=last, began=began)
        after = last
    await _find_lost(db, assets, (), after=after, upto=None, began=began)
    if alone:
        async for page in assets.entries(RECENT):
            await _remove_orphans(db, assets, page)


async def _find_lost(
    db: Database,
    assets: ObjectStore,
    listed: Collection[str],
    *,
    after: str,
    upto: str | None,
    began: datetime,
) -> None:
    """`listed` is all that R2 has between the two digests. What was stored before it was listed is in it."""
    while True:
        async with db.begin() as session:
            known = await objects.stored_after(session, after, upto=upto, before=began, limit=BATCH)
        if not known:
            return
        after = known[-1]
        missing = set(known) - set(listed)
        missing -= await present(assets, missing)
        if missing:
            await _doubt(db, missing, began)


async def _doubt(db: Database, missing: Collection[str], began: datetime) -> None:
    async with db.begin() as session:
        lost = await objects.doubt(session, missing, before=began)
        apps = await objects.apps_with(session, lost, limit=_SOME)
    if lost:
        OBJECTS_LOST.inc(len(lost))
        logger.error(
            "R2 has lost objects; deploy the apps again", objects=len(lost), digests=lost[:_SOME], apps=apps
        )


async def _remove_orphans(db: Database, assets: ObjectStore, page: Sequence[Entry]) -> None:
    """A row is there before its listing is stored, so a listing without one is of the past."""
    found = {entry.key: match.groups() for entry in page if (match := _RECENT.match(entry.key))}
    async with db.begin() as session:
        known = await environments.among(session, found.values())
    orphans = [key for key, environment in found.items() if environment not in known]
    await assets.delete_all(orphans)
    if orphans:
        logger.info("listings of environments that are gone removed", listings=len(orphans))
