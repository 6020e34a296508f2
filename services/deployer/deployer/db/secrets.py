"""Queries over the apps' secrets; the caller owns the transaction and the key."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from deployer.db.models import AppSecret


async def of_environment(session: AsyncSession, app_id: str, environment: str) -> Sequence[AppSecret]:
    query = select(AppSecret).where(AppSecret.app_id == app_id, AppSecret.environment == environment)
    return (await session.scalars(query.order_by(AppSecret.name))).all()


async def put(session: AsyncSession, app_id: str, environment: str, name: str, sealed: bytes) -> None:
    now = utcnow()
    statement = insert(AppSecret).values(
        app_id=app_id, environment=environment, name=name, sealed=sealed, updated_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["app_id", "environment", "name"], set_={"sealed": sealed, "updated_at": now}
        )
    )


async def count_others(session: AsyncSession, app_id: str, environment: str, name: str) -> int:
    query = select(func.count()).where(
        AppSecret.app_id == app_id, AppSecret.environment == environment, AppSecret.name != name
    )
    return (await session.execute(query)).scalar_one()


async def remove(session: AsyncSession, app_id: str, environment: str, name: str) -> bool:
    """False when there was none of that name."""
    statement = delete(AppSecret).where(
        AppSecret.app_id == app_id, AppSecret.environment == environment, AppSecret.name == name
    )
    return (await session.execute(statement.returning(AppSecret.name))).first() is not None


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(AppSecret).where(AppSecret.app_id == app_id))
