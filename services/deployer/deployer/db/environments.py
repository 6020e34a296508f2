"""Queries over environments; the caller owns the transaction.

Whoever locks an environment and its deployments locks the environment first: two orders would deadlock.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common import work
from common.work import Lease
from deployer.db.models import Environment


async def lock(session: AsyncSession, app_id: str, environment: str) -> None:
    """Make the row unless it is there, and hold it to the end of the transaction."""
    statement = insert(Environment).values(
        app_id=app_id,
        environment=environment,
        subdomain_enabled=False,
        secret_names=[],
        deleting=False,
        lease_token=0,
    )
    await session.execute(statement.on_conflict_do_nothing())
    await session.get(Environment, (app_id, environment), with_for_update=True)


async def claim(
    session: AsyncSession, app_id: str, environment: str, seconds: float
) -> Lease[Environment] | None:
    """The right to change what is live there; None while another has it or the app is being deleted."""
    return await work.claim(
        session, Environment, (app_id, environment), seconds, Environment.deleting.is_(False)
    )


async def find(session: AsyncSession, app_id: str, environment: str) -> Environment | None:
    return await session.get(Environment, (app_id, environment))


async def of_app(session: AsyncSession, app_id: str, *, lock: bool = False) -> Sequence[Environment]:
    query = select(Environment).where(Environment.app_id == app_id).order_by(Environment.environment)
    return (await session.scalars(query.with_for_update() if lock else query)).all()


async def worked_on(session: AsyncSession, app_id: str) -> bool:
    """Whether a lease runs on any environment of the app, by the database's clock."""
    query = (
        select(Environment.app_id).where(Environment.app_id == app_id, ~work.is_free(Environment)).limit(1)
    )
    return await session.scalar(query) is not None


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(Environment).where(Environment.app_id == app_id))


async def deleting(session: AsyncSession, limit: int = 50) -> Sequence[str]:
    """Ids of apps that are being deleted; at random, so that those that cannot be keep no other waiting."""
    query = (
        select(Environment.app_id)
        .where(Environment.deleting)
        .group_by(Environment.app_id)
        .order_by(func.random())
        .limit(limit)
    )
    return (await session.scalars(query)).all()
