"""What R2 must hold before a deployment may go live."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import asset_key, recent_key
from common.errors import Unavailable
from common.objects import ObjectStore
from common.work import Lease
from deployer.db import files
from deployer.db.files import Needed
from deployer.db.models import Deployment, Environment
from deployer.domain.artifact import Content, Held
from deployer.domain.manifest import STORED, Row, listing
from deployer.domain.plan import Plan
from deployer.usecases.resources import Resources
from deployer.usecases.together import together

# Many small files go at once; a large one takes the line of several.
SMALL_BYTES = 1024 * 1024
PARALLEL_SMALL = 16
PARALLEL_LARGE = 3
# No file of an app can be named so.
LISTING_PATH = "/listing.json"
JSON = "application/json"


class _Object(NamedTuple):
    needed: Needed
    content: Content


async def store(
    resources: Resources, lease: Lease[Environment], deployment: Deployment, plan: Plan, *, look: bool
) -> None:
    """Upload what R2 lacks, and tell the environment's Worker of it; raises LeaseLost.

    What R2 is known to hold is not asked for, unless `look` says so: it may have got lost there.
    """
    objects = _objects(plan)
    async with resources.db.begin() as session:
        await lease.hold(session)
        known = await files.need(session, deployment.id, [item.needed for item in objects])
        recent = await _recent(resources, session, deployment)
    wanted = {item.needed.digest: item for item in objects}
    if {item.digest for item in known if not item.deleting} != wanted.keys():
        raise Unavailable("A file of the app is just being removed from R2; try again in a moment.")
    here = {item.digest for item in known if item.stored}
    here = await present(resources.assets, here) if look else here
    missing = {digest: item for digest, item in wanted.items() if digest not in here}
    await together(_upload_all(resources.assets, missing.values()), _announce(resources, deployment, recent))
    if missing:
        async with resources.db.begin() as session:
            await lease.hold(session)  # while it runs nobody else can have ended the need for them
            await files.stored(session, missing)


async def store_as(
    resources: Resources, lease: Lease[Environment], deployment: Deployment, target: Deployment
) -> bool:
    """The same for one that serves what `target` does; False when R2 lacks files, which its artifact has."""
    async with resources.db.begin() as session:
        await lease.hold(session)
        complete = await files.need_as(session, deployment.id, target.id)
        recent = await _recent(resources, session, deployment) if complete else ()
    if complete:
        await _announce(resources, deployment, recent)
    return complete


def _objects(plan: Plan) -> list[_Object]:
    found = [
        _Object(
            Needed(item.file.path, item.file.digest, item.file.content.size, item.content_type, item.hashed),
            item.file.content,
        )
        for item in plan.files
        if item.hashed or not item.embedded
    ]
    if plan.listing is not None:
        digest, data = plan.listing
        found.append(_Object(Needed(LISTING_PATH, digest, len(data), JSON, hashed=False), Held(data)))
    return found


async def _recent(resources: Resources, session: AsyncSession, deployment: Deployment) -> Sequence[Needed]:
    settings = resources.settings
    since = utcnow() - timedelta(days=settings.earlier_days)
    return await files.recent(session, deployment, versions=settings.earlier_versions, since=since)


async def _announce(resources: Resources, deployment: Deployment, recent: Sequence[Needed]) -> None:
    """Before the swap: whichever version's Worker is asked then knows the files of both."""
    types: dict[str, int] = {}
    rows = [
        Row(
            item.path, types.setdefault(item.content_type, len(types)), item.size, item.digest,
            hashed=True, module=STORED, brotli=False,
        )
        for item in recent
    ]  # fmt: skip
    data = listing(types, rows).data
    await resources.assets.put(recent_key(deployment.app_id, deployment.environment), data, JSON)


async def present(assets: ObjectStore, digests: Collection[str]) -> set[str]:
    """Those of the digests that R2 has."""
    gate = asyncio.Semaphore(PARALLEL_SMALL)

    async def look(digest: str) -> bool:
        async with gate:
            return await assets.exists(asset_key(digest))

    found = await together(*map(look, digests))
    return {digest for digest, here in zip(digests, found, strict=True) if here}


async def _upload_all(assets: ObjectStore, objects: Iterable[_Object]) -> None:
    gates: Mapping[bool, asyncio.Semaphore] = {
        True: asyncio.Semaphore(PARALLEL_LARGE),
        False: asyncio.Semaphore(PARALLEL_SMALL),
    }

    async def upload(item: _Object) -> None:
        async with gates[item.content.size > SMALL_BYTES]:
            await assets.upload(asset_key(item.needed.digest), item.content, item.needed.content_type)

    await together(*map(upload, objects))
