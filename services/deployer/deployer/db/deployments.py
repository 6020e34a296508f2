"""Queries over deployments; the caller owns the transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import ONCE_LIVE, UNFINISHED_DEPLOYMENT, DeploymentState, DeployRequested
from common.tracing import current_traceparent
from deployer.db.models import Deployment

READY = (DeploymentState.PENDING, DeploymentState.DEPLOYING)


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
        "migrations": request.migrations,
        "approved": list(request.approved),
        "traceparent": current_traceparent(),
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


async def note_upload(session: AsyncSession, deployment_id: str, fingerprint: str) -> None:
    """Keeps the fingerprint of the secrets and variables that its upload is about to take along."""
    statement = update(Deployment).where(Deployment.id == deployment_id)
    await session.execute(statement.values(uploaded_secrets=fingerprint))


async def find(session: AsyncSession, deployment_id: str, *, lock: bool = False) -> Deployment | None:
    return await session.get(Deployment, deployment_id, with_for_update=lock)


def is_ready() -> ColumnElement[bool]:
    """Whether a deployment may be begun: there is something to put live, and its pause is over."""
    paused = and_(Deployment.retry_at.is_not(None), Deployment.retry_at > func.now())
    return and_(Deployment.state.in_(READY), ~paused)


async def next_ready(session: AsyncSession, app_id: str, environment: str) -> Deployment | None:
    """The oldest deployment of the environment that may be begun now."""
    query = (
        select(Deployment)
        .where(Deployment.app_id == app_id, Deployment.environment == environment, is_ready())
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


async def remove_of_environment(session: AsyncSession, app_id: str, environment: str) -> None:
    await session.execute(
        delete(Deployment).where(Deployment.app_id == app_id, Deployment.environment == environment)
    )


async def next_unknown(session: AsyncSession, after: str) -> Deployment | None:
    """The next by id that was live and does not say which files it needs."""
    unknown = text("NOT files_known AND state IN ('deploying', 'deployed', 'rolled_back')")
    query = select(Deployment).where(unknown, Deployment.state.in_(ONCE_LIVE), Deployment.id > after)
    return (await session.scalars(query.order_by(Deployment.id).limit(1))).first()


async def unknown_alike(session: AsyncSession, deployment: Deployment) -> Sequence[Deployment]:
    """Those of the same app and artifact that were live and do not say which files they need; locked."""
    query = (
        select(Deployment)
        .where(
            Deployment.app_id == deployment.app_id,
            Deployment.artifact == deployment.artifact,
            Deployment.state.in_(ONCE_LIVE),
            ~Deployment.files_known,
        )
        .order_by(Deployment.id)
        .with_for_update()
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
