"""Queries over realms."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.deployments import Environment
from data.db.models import Realm
from data.domain.realm import ref_of


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Realm | None:
    return await session.get(Realm, ref, with_for_update=lock)


async def add(session: AsyncSession, app_id: str, environment: Environment, shard: str, key: str) -> Realm:
    """The app's realm in the environment: the one that is there, else a new one on the shard."""
    ref = ref_of(app_id, environment)
    row = insert(Realm).values(
        ref=ref, app_id=app_id, environment=environment, shard=shard, publishable_key=key, settings={}
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=[Realm.ref]))
    return (await session.execute(select(Realm).where(Realm.ref == ref))).scalar_one()


async def of_app(session: AsyncSession, app_id: str) -> Sequence[Realm]:
    return (
        (await session.execute(select(Realm).where(Realm.app_id == app_id).order_by(Realm.ref)))
        .scalars()
        .all()
    )


async def with_providers(session: AsyncSession, *, after: str, limit: int) -> Sequence[Realm]:
    """Realms whose sign-in has providers, by ref, locked until the transaction ends."""
    chosen = select(Realm).where(Realm.ref > after, Realm.settings["auth"].has_key("providers"))
    rows = await session.execute(chosen.order_by(Realm.ref).limit(limit).with_for_update())
    return rows.scalars().all()


async def of_shard(session: AsyncSession, shard: str) -> Sequence[Realm]:
    """The realms on the shard by name."""
    query = select(Realm).where(Realm.shard == shard).order_by(Realm.ref)
    return (await session.scalars(query)).all()


async def per_shard(session: AsyncSession) -> dict[str, int]:
    rows = await session.execute(select(Realm.shard, func.count()).group_by(Realm.shard))
    return dict(rows.tuples().all())
