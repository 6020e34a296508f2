"""Queries over environments and their leases; the caller owns the transaction.

Whoever locks an environment and its deployments locks the environment first: two orders would deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from deployer.db.models import Environment
from deployer.errors import LeaseLost


@dataclass(frozen=True)
class Lease:
    """The right to change what is live in one place. A later holder has a greater token."""

    app_id: str
    environment: str
    token: int


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


async def claim(session: AsyncSession, app_id: str, environment: str, seconds: float) -> Lease | None:
    """The lease, or None while another holds it or the app is being deleted."""
    now = utcnow()
    statement = (
        update(Environment)
        .where(
            Environment.app_id == app_id,
            Environment.environment == environment,
            Environment.deleting.is_(False),
            or_(Environment.lease_until.is_(None), Environment.lease_until < now),
        )
        .values(lease_token=Environment.lease_token + 1, lease_until=now + timedelta(seconds=seconds))
        .returning(Environment.lease_token)
    )
    token = (await session.execute(statement)).scalar_one_or_none()
    return None if token is None else Lease(app_id, environment, token)


async def renew(session: AsyncSession, lease: Lease, seconds: float) -> None:
    """Hold on for `seconds` more; raises LeaseLost."""
    environment = await held(session, lease)
    environment.lease_until = utcnow() + timedelta(seconds=seconds)


async def held(session: AsyncSession, lease: Lease) -> Environment:
    """The row, locked; raises LeaseLost when another holds the lease by now."""
    environment = await session.get(
        Environment, (lease.app_id, lease.environment), with_for_update=True, populate_existing=True
    )
    if environment is None or environment.lease_token != lease.token:
        raise LeaseLost(
            f"The deployment of {lease.app_id} to {lease.environment} has been taken over.",
            app_id=lease.app_id,
        )
    return environment


async def release(session: AsyncSession, lease: Lease) -> None:
    await session.execute(
        update(Environment)
        .where(
            Environment.app_id == lease.app_id,
            Environment.environment == lease.environment,
            Environment.lease_token == lease.token,
        )
        .values(lease_until=None)
    )


async def find(session: AsyncSession, app_id: str, environment: str) -> Environment | None:
    return await session.get(Environment, (app_id, environment))


async def of_app(session: AsyncSession, app_id: str, *, lock: bool = False) -> Sequence[Environment]:
    query = select(Environment).where(Environment.app_id == app_id).order_by(Environment.environment)
    return (await session.scalars(query.with_for_update() if lock else query)).all()


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(Environment).where(Environment.app_id == app_id))


async def deleting(session: AsyncSession, limit: int = 50) -> Sequence[Environment]:
    return (await session.scalars(select(Environment).where(Environment.deleting).limit(limit))).all()
