"""Queries over the files that R2 holds for deployments; the caller owns the transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, delete, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import ONCE_LIVE
from deployer.db.models import Deployment, DeploymentFile, StoredObject

_BATCH = 2000
_DIGESTS = bindparam("digests", type_=ARRAY(Text))


class Needed(NamedTuple):
    """What R2 must hold for a deployment. `hashed`: it is served on when other versions are live."""

    path: str
    digest: str
    size: int
    content_type: str
    hashed: bool


class Known(NamedTuple):
    """What is known of an object; nothing is `stored` that is `deleting`."""

    digest: str
    stored: bool
    deleting: bool


_NOTE = text(
    """
    INSERT INTO objects (digest, size)
    SELECT DISTINCT ON (digest) digest, size FROM unnest(:digests, :sizes) AS new (digest, size)
    ORDER BY digest ON CONFLICT (digest) DO NOTHING
    """
).bindparams(_DIGESTS, bindparam("sizes", type_=ARRAY(BigInteger)))
# In the order of the digests, always: two that take the same rows in two orders would deadlock. Whoever
# removes an object has its row locked while looking who needs it, and passes over those that are held here.
_HOLD = text(
    """
    SELECT digest, stored_at IS NOT NULL, deleting FROM objects WHERE digest = ANY(:digests)
    ORDER BY digest FOR SHARE
    """
).bindparams(_DIGESTS)
_STORED = text(
    """
    UPDATE objects SET stored_at = now() FROM (
        SELECT digest FROM objects WHERE digest = ANY(:digests) ORDER BY digest FOR UPDATE
    ) AS mine WHERE objects.digest = mine.digest
    """
).bindparams(_DIGESTS)


async def need(session: AsyncSession, deployment_id: str, files: Sequence[Needed]) -> Sequence[Known]:
    """Note all that the deployment needs, so that it stays; what is known of each object.

    What is being removed does not stay, nor what is not known any more when this is done.
    """
    await session.execute(delete(DeploymentFile).where(DeploymentFile.deployment_id == deployment_id))
    for start in range(0, len(files), _BATCH):
        rows = [{"deployment_id": deployment_id, **item._asdict()} for item in files[start : start + _BATCH]]
        await session.execute(insert(DeploymentFile), rows)
    await _know(session, deployment_id)
    digests = [item.digest for item in files]
    await session.execute(_NOTE, {"digests": digests, "sizes": [item.size for item in files]})
    return await _hold(session, digests)


async def need_as(session: AsyncSession, deployment_id: str, other: str) -> bool:
    """Note that the deployment needs what the other does, if that is known; False when R2 lacks some."""
    query = select(Deployment.files_known).where(Deployment.id == other)
    known = await session.scalar(query.with_for_update(read=True))  # it stays while its files are copied
    await session.execute(delete(DeploymentFile).where(DeploymentFile.deployment_id == deployment_id))
    await _know(session, deployment_id, known=bool(known))
    if not known:
        return True
    columns = [column for column in DeploymentFile.__table__.columns if column.name != "deployment_id"]
    same = select(literal(deployment_id), *columns).where(DeploymentFile.deployment_id == other)
    names = ["deployment_id", *(column.name for column in columns)]
    await session.execute(insert(DeploymentFile).from_select(names, same))
    mine = select(DeploymentFile.digest).where(DeploymentFile.deployment_id == deployment_id)
    digests = (await session.scalars(mine.distinct())).all()
    held = await _hold(session, digests)
    return len(held) == len(digests) and all(item.stored for item in held)


async def stored(session: AsyncSession, digests: Collection[str]) -> None:
    """Note that R2 has these."""
    await session.execute(_STORED, {"digests": list(digests)})


async def forget(session: AsyncSession, deployment_id: str, *, doubted: bool) -> None:
    """The deployment needs nothing. `doubted`: what R2 was known to hold for it is to be looked at again."""
    mine = select(DeploymentFile.digest).where(DeploymentFile.deployment_id == deployment_id)
    if doubted:
        doubtful = select(StoredObject.digest).where(StoredObject.digest.in_(mine))
        rows = doubtful.order_by(StoredObject.digest).with_for_update().cte("doubtful")
        again = update(StoredObject).where(StoredObject.digest.in_(select(rows.c.digest)))
        await session.execute(again.values(stored_at=None))
    await session.execute(delete(DeploymentFile).where(DeploymentFile.deployment_id == deployment_id))


async def recent(
    session: AsyncSession, deployment: Deployment, *, versions: int, since: datetime
) -> Sequence[Needed]:
    """Files with a hash in their name, by path: the deployment's, and those of pages that may be open still.

    Such pages are of what is live in its environment, and of the `versions` before that, as far as they were
    live after `since`. Of a path with several contents the newest counts.
    """
    query = (
        select(Deployment.id, Deployment.finished_at)
        .where(
            Deployment.app_id == deployment.app_id,
            Deployment.environment == deployment.environment,
            Deployment.state.in_(ONCE_LIVE),
        )
        .order_by(Deployment.id.desc())
        .limit(versions + 1)
    )
    shown = [deployment.id]
    replaced_at = None
    for name, live_at in await session.execute(query):
        if replaced_at is not None and replaced_at < since:
            break
        shown.append(name)
        replaced_at = live_at
    files = (
        select(*(getattr(DeploymentFile, name) for name in Needed._fields))
        .where(DeploymentFile.deployment_id.in_(shown), DeploymentFile.hashed)
        .ext(distinct_on(DeploymentFile.path))
        .order_by(DeploymentFile.path, DeploymentFile.deployment_id.desc())
    )
    return [Needed(*row) for row in await session.execute(files)]


async def _hold(session: AsyncSession, digests: Sequence[str]) -> Sequence[Known]:
    """Until the end of the transaction nobody begins to remove what is needed by it."""
    return [Known(*row) for row in await session.execute(_HOLD, {"digests": digests})]


async def _know(session: AsyncSession, deployment_id: str, *, known: bool = True) -> None:
    await session.execute(update(Deployment).where(Deployment.id == deployment_id).values(files_known=known))
