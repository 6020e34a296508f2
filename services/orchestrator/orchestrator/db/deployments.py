"""Deployments and their builds: what was asked of the deployer and the builder, and what became of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import UNFINISHED_BUILD, UNFINISHED_DEPLOYMENT, BuildState, DeploymentState
from orchestrator.db.models import Build, Deployment
from orchestrator.errors import BuildNotFound, DeploymentNotFound


async def lock_build(session: AsyncSession, build_id: str) -> Build | None:
    return await session.scalar(select(Build).where(Build.id == build_id).with_for_update())


async def lock_deployed_build(session: AsyncSession, app_id: str, deployment_id: str) -> Build | None:
    """The build that the app's deployment serves."""
    query = select(Build).join(Deployment, Deployment.build_id == Build.id)
    query = query.where(Deployment.id == deployment_id, Deployment.app_id == app_id)
    return await session.scalar(query.with_for_update(of=Build))


async def get_build(session: AsyncSession, app_id: str, build_id: str) -> Build:
    build = await session.scalar(select(Build).where(Build.id == build_id, Build.app_id == app_id))
    if build is None:
        raise BuildNotFound(f"The app has no build '{build_id}'.", build_id=build_id)
    return build


async def list_builds(session: AsyncSession, app_id: str, *, cursor: str | None, limit: int) -> list[Build]:
    query = select(Build).where(Build.app_id == app_id)
    if cursor is not None:
        query = query.where(Build.id < cursor)
    return list(await session.scalars(query.order_by(Build.id.desc()).limit(limit)))


async def reusable_build(
    session: AsyncSession, app_id: str, tree_digest: str, mode: str, *, lock: bool = False
) -> Build | None:
    """The newest build of exactly these files that is green or still under way."""
    query = select(Build).where(
        Build.app_id == app_id, Build.tree_digest == tree_digest, Build.mode == mode,
        Build.state.in_((*UNFINISHED_BUILD, BuildState.SUCCEEDED)),
    ).order_by(Build.id.desc()).limit(1)  # fmt: skip
    return await session.scalar(query.with_for_update() if lock else query)


async def unfinished_builds(session: AsyncSession, *, since: datetime, limit: int) -> list[Build]:
    query = select(Build).where(Build.state.in_(UNFINISHED_BUILD), Build.requested_at < since)
    query = query.order_by(Build.requested_at).limit(limit)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))


async def forget_artifact(session: AsyncSession, deployment_id: str) -> None:
    """What the deployment's build made is lost: the next deployment of these files has them built again."""
    build_id = select(Deployment.build_id).where(Deployment.id == deployment_id).scalar_subquery()
    lost = update(Build).where(Build.id == build_id).values(state=BuildState.FAILED, artifact=None)
    await session.execute(lost)


async def lock_deployment(session: AsyncSession, deployment_id: str) -> Deployment | None:
    return await session.scalar(select(Deployment).where(Deployment.id == deployment_id).with_for_update())


async def get_deployment(session: AsyncSession, app_id: str, deployment_id: str) -> Deployment:
    query = select(Deployment).where(Deployment.id == deployment_id, Deployment.app_id == app_id)
    deployment = await session.scalar(query)
    if deployment is None:
        message = f"The app has no deployment '{deployment_id}'."
        raise DeploymentNotFound(message, deployment_id=deployment_id)
    return deployment


async def list_deployments(
    session: AsyncSession, app_id: str, *, cursor: str | None, limit: int
) -> list[Deployment]:
    query = select(Deployment).where(Deployment.app_id == app_id)
    if cursor is not None:
        query = query.where(Deployment.id < cursor)
    return list(await session.scalars(query.order_by(Deployment.id.desc()).limit(limit)))


async def waiting_for_build(session: AsyncSession, build_id: str) -> list[Deployment]:
    query = select(Deployment).where(
        Deployment.build_id == build_id, Deployment.state == DeploymentState.BUILDING
    )
    return list(await session.scalars(query.with_for_update()))


async def unfinished_deployments(session: AsyncSession, *, since: datetime, limit: int) -> list[Deployment]:
    query = select(Deployment).where(
        Deployment.state.in_(UNFINISHED_DEPLOYMENT), Deployment.requested_at < since
    )
    query = query.order_by(Deployment.requested_at).limit(limit)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))


async def live_deployments(
    session: AsyncSession, app_ids: Collection[str]
) -> dict[str, dict[str, Deployment]]:
    """By app and environment, the deployment that is live: the newest that went live there."""
    query = (
        select(Deployment)
        .ext(distinct_on(Deployment.app_id, Deployment.environment))
        .where(Deployment.app_id.in_(app_ids), Deployment.state == DeploymentState.DEPLOYED)
        .order_by(Deployment.app_id, Deployment.environment, Deployment.id.desc())
    )
    live: dict[str, dict[str, Deployment]] = {app_id: {} for app_id in app_ids}
    for deployment in await session.scalars(query):
        live[deployment.app_id][deployment.environment] = deployment
    return live
