"""Queries over the apps' secrets; the caller owns the transaction and the key."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.keyring import Sealed
from deployer.db.models import AppSecret
from deployer.domain.secrets import Public

Key = tuple[str, str, str]
"""The primary key of a secret: app, environment and name."""


async def lock(session: AsyncSession, app_id: str, environment: str) -> None:
    """Holds the environment's secrets to the end of the transaction, for who looks at all before a change."""
    name = func.concat("overskill-secrets-", func.current_schema(), "-", app_id, "-", environment)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


async def of_environment(session: AsyncSession, app_id: str, environment: str) -> Sequence[AppSecret]:
    query = select(AppSecret).where(AppSecret.app_id == app_id, AppSecret.environment == environment)
    return (await session.scalars(query.order_by(AppSecret.name))).all()


async def values_of(session: AsyncSession, app_id: str, environment: str) -> dict[str, Sealed | Public]:
    """What the environment's variables are set to, by name."""
    return {row.name: row.content() for row in await of_environment(session, app_id, environment)}


async def put(
    session: AsyncSession, app_id: str, environment: str, name: str, value: Sealed | Public
) -> None:
    columns: dict[str, Any] = {"sealed": None, "key_id": None, "value": None, "updated_at": utcnow()}
    if isinstance(value, Sealed):
        columns |= {"sealed": value.data, "key_id": value.key_id}
    else:
        columns |= {"value": value.text}
    statement = insert(AppSecret).values(app_id=app_id, environment=environment, name=name, **columns)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["app_id", "environment", "name"], set_=columns)
    )


async def remove(session: AsyncSession, app_id: str, environment: str, name: str) -> bool:
    """False when there was none of that name."""
    statement = delete(AppSecret).where(
        AppSecret.app_id == app_id, AppSecret.environment == environment, AppSecret.name == name
    )
    return (await session.execute(statement.returning(AppSecret.name))).first() is not None


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(AppSecret).where(AppSecret.app_id == app_id))


async def count_by_other_keys(session: AsyncSession, key_id: str) -> dict[str, int]:
    """How many secrets are sealed under each key but this one."""
    # Two ranges of the index: <> would read the whole table, of which all but a few are under this key.
    other = or_(AppSecret.key_id < key_id, AppSecret.key_id > key_id)
    query = select(AppSecret.key_id, func.count()).where(other).group_by(AppSecret.key_id)
    return {str(row[0]): row[1] for row in await session.execute(query)}


async def some_under(session: AsyncSession, key_id: str, limit: int) -> Sequence[AppSecret]:
    return (await session.scalars(select(AppSecret).where(AppSecret.key_id == key_id).limit(limit))).all()


async def sealed_under(
    session: AsyncSession, key_ids: Collection[str], *, after: Key | None, limit: int
) -> Sequence[AppSecret]:
    """Secrets under these keys in the order of their primary keys; locked, without those that others have."""
    key = tuple_(AppSecret.app_id, AppSecret.environment, AppSecret.name)
    query = select(AppSecret).where(AppSecret.key_id.in_(key_ids)).order_by(*key).limit(limit)
    if after is not None:
        query = query.where(key > after)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()
