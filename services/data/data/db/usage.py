"""Queries over usage and over how full shards are; the caller owns the transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from data.db.models import Realm
from data.db.records import ShardLoad, Usage
from data.domain.metering import Counts

_RECENT = timedelta(hours=3)


@dataclass(frozen=True)
class Measured:
    """A realm as it was found on its shard: its users seen in the hour, and its bytes."""

    ref: str
    active_users: int
    storage_bytes: int


async def add(session: AsyncSession, hour: datetime, counted: Mapping[str, Counts]) -> None:
    """Adds what a replica has counted since it last did; by name, so that replicas do not wait in a ring.

    What a realm has used that is gone by now goes with it.
    """
    for ref in await _there(session, counted):
        counts = counted[ref]
        values = {"requests": counts.requests, "rows": counts.rows, "bytes_out": counts.bytes_out}
        statement = insert(Usage).values(ref=ref, hour=hour, **values)
        more = {name: getattr(Usage, name) + value for name, value in values.items()}
        await session.execute(statement.on_conflict_do_update(index_elements=["ref", "hour"], set_=more))


async def measure(session: AsyncSession, hour: datetime, found: Iterable[Measured]) -> None:
    """Notes what was found of each realm, also of those that nobody has called in the hour."""
    by_ref = {one.ref: one for one in found}
    for one in [by_ref[ref] for ref in await _there(session, by_ref)]:
        statement = insert(Usage).values(
            ref=one.ref, hour=hour, active_users=one.active_users, storage_bytes=one.storage_bytes
        )
        newer = {
            "active_users": func.greatest(Usage.active_users, statement.excluded.active_users),
            "storage_bytes": statement.excluded.storage_bytes,
        }
        await session.execute(statement.on_conflict_do_update(index_elements=["ref", "hour"], set_=newer))


async def _there(session: AsyncSession, refs: Iterable[str]) -> Sequence[str]:
    """Those of the realms that there are, and that nobody removes until the caller's transaction ends."""
    query = select(Realm.ref).where(Realm.ref.in_(sorted(refs))).order_by(Realm.ref)
    return (await session.scalars(query.with_for_update(read=True, key_share=True))).all()


async def untold(session: AsyncSession, before: datetime, limit: int) -> Sequence[tuple[Usage, Realm]]:
    """Hours that were over by then and that nobody was told of, locked, with their realms."""
    query = (
        select(Usage, Realm)
        .join(Realm, Realm.ref == Usage.ref)
        .where(Usage.told_at.is_(None), Usage.hour <= before - timedelta(hours=1))
        .order_by(Usage.hour, Usage.ref)
        .limit(limit)
        .with_for_update(of=Usage, skip_locked=True)
    )
    return [(usage, realm) for usage, realm in await session.execute(query)]


async def full(session: AsyncSession, max_bytes: int) -> frozenset[str]:
    """The realms that store so much, as last measured."""
    last = func.array_agg(aggregate_order_by(Usage.storage_bytes, Usage.hour.desc()))[1]
    query = select(Usage.ref).where(Usage.hour > func.now() - _RECENT, Usage.storage_bytes > 0)
    return frozenset(await session.scalars(query.group_by(Usage.ref).having(last >= max_bytes)))


async def loads(session: AsyncSession) -> dict[str, ShardLoad]:
    """What is known of the shards, by name."""
    return {row.name: row for row in await session.scalars(select(ShardLoad))}


async def ensure_shards(session: AsyncSession, names: Iterable[str]) -> None:
    """Gives each shard its row."""
    for name in names:
        row = insert(ShardLoad).values(name=name, lease_token=0)
        await session.execute(row.on_conflict_do_nothing())


async def remove_of_realm(session: AsyncSession, ref: str) -> None:
    """Forgets what the realm has used."""
    await session.execute(delete(Usage).where(Usage.ref == ref))
