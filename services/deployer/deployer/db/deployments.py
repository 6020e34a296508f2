"""Queries over deployments; the caller owns the transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common import work
from common.clock import utcnow
from common.contracts import ONCE_LIVE, UNFINISHED_DEPLOYMENT, DeploymentState, DeployRequested
from deployer.db.models import Deployment, Environment

_READY = (DeploymentState.PENDING, DeploymentState.DEPLOYING)


async def insert_new(session: AsyncSession, request: DeployRequested, state: DeploymentState) -> bool:
    """Store the request unless its id is known; False when it is."""
    now = utcnow()
    values: dict[str, Any] = {
        "id": request.deployment_id,
        "app_id": request.app_id,
        "environment": request.environment.value,
        "version": request.version,
        "run_id": request.run_id,
        "build_id": request.build_id,
        "artifact": request.artifact,
        "rollback_of": request.rollback_of,
        "state": state,
        "embedded_files": 0,
        "stored_files": 0,
        "stored_bytes": 0,
        "steps_ms": {},
        "checks": [],
        "created_at": now,
        "updated_at": now,
        f"{state}_at": now,
    }
    statement = insert(Deployment).values(values).on_conflict_do_nothing().returning(Deployment.id)
    return (await session.execute(statement)).first() is not None


async def find(session: AsyncSession, deployment_id: str, *, lock: bool = False) -> Deployment | None:
    return await session.get(Deployment, deployment_id, with_for_update=lock)


async def next_ready(session: AsyncSession, app_id: str, environment: str) -> Deployment | None:
    """The oldest deployment of the queue that could go live now."""
    query = (
        select(Deployment)
        .where(
            Deployment.app_id == app_id, Deployment.environment == environment, Deployment.state.in_(_READY)
        )
        .order_by(Deployment.id)
        .limit(1)
        .with_for_update()
    )
    return (await session.scalars(query)).first()


async def newer_once_live(session: AsyncSession, deployment: Deployment) -> Deployment | None:
    """A deployment requested later for the same environment that has been live already."""
    query = (
        select(Deployment)
        .where(
            Deployment.app_id == deployment.app_id,
            Deployment.environment == deployment.environment,
            Deployment.id > deployment.id,
            Deployment.state.in_(ONCE_LIVE),
        )
        .order_by(Deployment.id.desc())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def page(
    session: AsyncSession, *, app_id: str, environment: str | None, limit: int, cursor: str | None
) -> Sequence[Deployment]:
    """Newest first, those before the id `cursor`."""
    query = select(Deployment).where(Deployment.app_id == app_id).order_by(Deployment.id.desc()).limit(limit)
    if environment is not None:
        query = query.where(Deployment.environment == environment)
    if cursor is not None:
        query = query.where(Deployment.id < cursor)
    return (await session.scalars(query)).all()


async def unfinished_of_app(session: AsyncSession, app_id: str) -> Sequence[Deployment]:
    query = (
        select(Deployment)
        .where(Deployment.app_id == app_id, Deployment.state.in_(UNFINISHED_DEPLOYMENT))
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def remove_of_app(session: AsyncSession, app_id: str) -> None:
    await session.execute(delete(Deployment).where(Deployment.app_id == app_id))


async def standing_still(session: AsyncSession, *, seconds: float, limit: int = 50) -> Sequence[Deployment]:
    """Deployments that could go live, that nobody works on, untouched for `seconds`; locked."""
    still = work.stands_still(Environment, Deployment, Deployment.updated_at, seconds=seconds)
    query = (
        select(Deployment)
        .join(
            Environment,
            and_(
                Environment.app_id == Deployment.app_id,
                Environment.environment == Deployment.environment,
            ),
        )
        .where(Deployment.state.in_(_READY), still)
        .order_by(Deployment.id)
        .limit(limit)
        .with_for_update(of=Deployment, skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def without_build(session: AsyncSession, *, seconds: float, limit: int = 50) -> Sequence[Deployment]:
    """Deployments whose build did not arrive within `seconds`; locked."""
    query = (
        select(Deployment)
        .where(
            Deployment.state == DeploymentState.BUILDING,
            Deployment.updated_at < utcnow() - timedelta(seconds=seconds),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()
