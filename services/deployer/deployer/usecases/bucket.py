"""Whose the assets bucket is: several installations may use one account, and one bucket."""

from common.contracts import INSTALLATIONS, installation_key
from common.database import Database
from common.ids import new_id
from common.logging import get_logger
from common.objects import ObjectStore
from deployer.db import objects
from deployer.metrics import BUCKET_INSTALLATIONS

logger = get_logger(__name__)


async def is_ours_alone(db: Database, assets: ObjectStore) -> bool:
    """Whether no other installation stores in the bucket, as far as they say so; says it of this one.

    Another's needs are in another's database: nothing may be removed then.
    """
    async with db.begin() as session:
        ours = installation_key(await objects.installation(session, assets.bucket, new_id("ins")))
    known = await _installations(assets)
    if ours not in known:
        await assets.put(ours, b"")
        known = await _installations(assets)  # one that has come at the same moment
    others = known - {ours}
    BUCKET_INSTALLATIONS.set(1 + len(others))
    if others:
        logger.warning("nothing is removed from a bucket of several installations", others=sorted(others)[:5])
    return not others


async def _installations(assets: ObjectStore) -> set[str]:
    return {entry.key async for page in assets.entries(INSTALLATIONS) for entry in page}
