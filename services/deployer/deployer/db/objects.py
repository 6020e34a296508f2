"""Queries over the objects of the assets bucket and who needs them; the caller owns the transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ARRAY, Interval, Text, bindparam, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from deployer.db.models import Deployment, DeploymentFile, Installation, StoredObject

_DIGESTS = bindparam("digests", type_=ARRAY(Text))
_GRACE = bindparam("grace", type_=Interval)
# As the condition of its index is written, for Postgres to see that they are the same.
_UNKNOWN = text("NOT files_known AND state IN ('deploying', 'deployed', 'rolled_back')")
# The row's lock is taken first, and who needs the object is asked by the next statement: so that sees all
# who held the row before. Those who come later see that the object is being removed.
_DUE = text(
    """
    SELECT digest FROM objects WHERE sweep_at <= now() ORDER BY sweep_at LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_KEEP = text(
    """
    UPDATE objects SET sweep_at = NULL WHERE digest = ANY(:digests) AND NOT deleting
    AND EXISTS (SELECT FROM deployment_files WHERE deployment_files.digest = objects.digest)
    """
).bindparams(_DIGESTS)
_BEGIN = text(
    """
    UPDATE objects SET deleting = true, stored_at = NULL, sweep_at = now() + :grace
    WHERE digest = ANY(:digests) AND sweep_at IS NOT NULL RETURNING digest, sweep_at
    """
).bindparams(_DIGESTS, _GRACE)
_REMOVED = text(
    """
    DELETE FROM objects WHERE digest = ANY(:digests) AND deleting AND sweep_at = :until RETURNING size
    """
).bindparams(_DIGESTS)
# Rows that somebody holds are left for the next time; the mark is no verdict, that is given when it is due.
_MARK_NEEDS = text(
    """
    WITH next AS MATERIALIZED (
        SELECT digest, size, stored_at, sweep_at, deleting FROM objects
        WHERE digest > :after ORDER BY digest LIMIT :limit
    ), batch AS MATERIALIZED (
        SELECT next.*, need.digest IS NOT NULL AS needed FROM next LEFT JOIN LATERAL (
            SELECT digest FROM deployment_files WHERE deployment_files.digest = next.digest LIMIT 1
        ) AS need ON true
    ), held AS (
        SELECT objects.digest, batch.needed FROM batch JOIN objects ON objects.digest = batch.digest
        WHERE batch.needed = (batch.sweep_at IS NOT NULL) AND NOT batch.deleting
        AND batch.needed = (objects.sweep_at IS NOT NULL) AND NOT objects.deleting
        ORDER BY objects.digest FOR UPDATE OF objects SKIP LOCKED
    ), marked AS (
        UPDATE objects SET sweep_at = CASE WHEN held.needed THEN NULL ELSE now() + :grace END
        FROM held WHERE objects.digest = held.digest
    )
    SELECT needed, count(stored_at), coalesce(sum(size) FILTER (WHERE stored_at IS NOT NULL), 0)::bigint,
        max(digest)
    FROM batch GROUP BY needed
    """
).bindparams(_GRACE)
# What another environment of the app needs is taken along: it is asked when it is due, and marked again when
# that environment goes.
_RELEASE = text(
    """
    WITH mine AS MATERIALIZED (
        SELECT DISTINCT deployment_files.digest
        FROM deployments JOIN deployment_files ON deployment_files.deployment_id = deployments.id
        WHERE deployments.app_id = :app_id AND deployments.environment = :environment
    ), held AS (
        SELECT objects.digest FROM mine JOIN objects ON objects.digest = mine.digest
        WHERE NOT objects.deleting AND NOT EXISTS (
            SELECT FROM deployment_files JOIN deployments ON deployments.id = deployment_files.deployment_id
            WHERE deployment_files.digest = objects.digest AND deployments.app_id <> :app_id
        )
        ORDER BY objects.digest FOR UPDATE OF objects
    )
    UPDATE objects SET sweep_at = now() FROM held WHERE objects.digest = held.digest
    """
)


class Claimed(NamedTuple):
    """Objects that are the caller's to remove, until another may try; `more` may be due."""

    digests: Sequence[str]
    until: datetime | None
    more: bool


class Amount(NamedTuple):
    """How many objects R2 is known to hold, and their bytes."""

    objects: int = 0
    size: int = 0

    def plus(self, objects: int, size: int) -> "Amount":
        """The sum of both."""
        return Amount(self.objects + objects, self.size + size)


class Marked(NamedTuple):
    """What a stretch of the table holds, by whether it is needed; `last` is None at the table's end."""

    amounts: Mapping[bool, Amount]
    last: str | None


async def is_due(session: AsyncSession) -> bool:
    """Whether there is something to remove, unless it is needed."""
    due = select(StoredObject.digest).where(StoredObject.sweep_at <= func.now())
    return await session.scalar(due.limit(1)) is not None


async def unknown_needs(session: AsyncSession) -> bool:
    """Whether a deployment that is or was live, or is just going live, does not say what it needs.

    Only those of earlier releases go live without saying so.
    """
    return await session.scalar(select(Deployment.id).where(_UNKNOWN).limit(1)) is not None


async def claim(session: AsyncSession, *, retry: timedelta, limit: int) -> Claimed:
    """Begin to remove what is due and needed by nobody; after `retry` others begin it again."""
    due = (await session.scalars(_DUE, {"limit": limit})).all()
    await session.execute(_KEEP, {"digests": due})
    begun = (await session.execute(_BEGIN, {"digests": due, "grace": retry})).all()
    until = begun[0].sweep_at if begun else None
    return Claimed([row.digest for row in begun], until, len(due) == limit)


async def removed(session: AsyncSession, claimed: Claimed, digests: Collection[str]) -> Amount:
    """Forget these of the claimed objects, which R2 has no more; none that others have claimed since."""
    gone = await session.scalars(_REMOVED, {"digests": list(digests), "until": claimed.until})
    sizes = gone.all()
    return Amount(len(sizes), sum(sizes))


async def mark_needs(session: AsyncSession, *, after: str, limit: int, grace: timedelta) -> Marked:
    """Of the next objects by digest: those nobody needs are removed after `grace`, those needed stay."""
    found = (await session.execute(_MARK_NEEDS, {"after": after, "limit": limit, "grace": grace})).all()
    last = max((digest for *_, digest in found), default=None)
    return Marked({needed: Amount(count, size) for needed, count, size, _ in found}, last)


async def release(session: AsyncSession, app_id: str, environment: str) -> None:
    """Before an environment of a deleted app goes: what only this app needs is removed at once."""
    await session.execute(_RELEASE, {"app_id": app_id, "environment": environment})


async def adopt(session: AsyncSession, sizes: Mapping[str, int], *, grace: timedelta) -> int:
    """Know of objects that R2 has, to be removed unless somebody needs them; how many were not known.

    None counts as stored: it may be gone again by now.
    """
    if not sizes:
        return 0
    sweep_at = func.now() + grace
    rows = [{"digest": digest, "size": sizes[digest], "sweep_at": sweep_at} for digest in sorted(sizes)]
    statement = insert(StoredObject).values(rows).on_conflict_do_nothing()
    return len((await session.execute(statement.returning(StoredObject.digest))).all())


async def stored_after(
    session: AsyncSession, after: str, *, upto: str | None, before: datetime, limit: int
) -> Sequence[str]:
    """The next digests of what is known to be stored since before then, in their order."""
    query = select(StoredObject.digest).where(
        StoredObject.digest > after,
        or_(literal(upto is None), StoredObject.digest <= (upto or "")),
        StoredObject.stored_at < before,
    )
    return (await session.scalars(query.order_by(StoredObject.digest).limit(limit))).all()


async def doubt(session: AsyncSession, digests: Collection[str], *, before: datetime) -> Sequence[str]:
    """Who needs one of these has to store it again; those that it is true for, stored since before then."""
    mine = select(StoredObject.digest).where(
        StoredObject.digest.in_(digests), StoredObject.stored_at < before
    )
    rows = mine.order_by(StoredObject.digest).with_for_update().cte("mine")
    statement = update(StoredObject).where(StoredObject.digest.in_(select(rows.c.digest)))
    return (await session.scalars(statement.values(stored_at=None).returning(StoredObject.digest))).all()


async def apps_with(session: AsyncSession, digests: Collection[str], *, limit: int) -> Sequence[str]:
    """Some of the apps whose deployments need one of these."""
    query = (
        select(Deployment.app_id)
        .join(DeploymentFile, DeploymentFile.deployment_id == Deployment.id)
        .where(DeploymentFile.digest.in_(digests))
        .distinct()
    )
    return (await session.scalars(query.limit(limit))).all()


async def installation(session: AsyncSession, bucket: str, new: str) -> str:
    """The name under which this deployer and its replicas store in the bucket: `new` unless there is one."""
    await session.execute(insert(Installation).values(bucket=bucket, id=new).on_conflict_do_nothing())
    return (await session.get_one(Installation, bucket)).id


async def clock(session: AsyncSession) -> datetime:
    """The database's time: that of everything that is noted of objects."""
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    return now
