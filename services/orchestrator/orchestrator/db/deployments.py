"""Deployments and their builds: what was asked of the deployer and the builder, and what became of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select, union, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import (
    UNFINISHED_BUILD,
    UNFINISHED_DEPLOYMENT,
    BuildMode,
    BuildState,
    DeploymentState,
    Environment,
    ErrorCategory,
    PagesState,
    RunState,
)
from orchestrator.db.models import Build, Deployment, Run
from orchestrator.errors import BuildNotFound, DeploymentNotFound

_OF_THE_FILES = (ErrorCategory.TYPE.value, ErrorCategory.BUNDLE.value, ErrorCategory.DEPENDENCY.value)


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
    query = select(Build).where(Build.app_id == app_id, ~Build.speculative)
    if cursor is not None:
        query = query.where(Build.id < cursor)
    return list(await session.scalars(query.order_by(Build.id.desc()).limit(limit)))


async def reusable_build(
    session: AsyncSession, app_id: str, tree_digest: str, mode: str, *, seen: bool = False, lock: bool = False
) -> Build | None:
    """The newest build of exactly these files that is green or still under way.

    `seen`: none at whose pages no browser could look.
    """
    query = select(Build).where(
        Build.app_id == app_id, Build.tree_digest == tree_digest, Build.mode == mode, ~Build.speculative,
        Build.state.in_((*UNFINISHED_BUILD, BuildState.SUCCEEDED)),
    ).order_by(Build.id.desc()).limit(1)  # fmt: skip
    if seen:
        unseen = Build.pages["state"].astext == PagesState.UNCHECKED.value
        query = query.where(or_(Build.pages.is_(None), ~unseen))
    return await session.scalar(query.with_for_update() if lock else query)


async def checked_build(
    session: AsyncSession, run_id: str, tree_digest: str, *, lock: bool = False
) -> Build | None:
    """The run's own build of exactly these files that is under way, or whose verdict would come again."""
    category = Build.result["category"].astext
    stands = or_(
        Build.state.in_(UNFINISHED_BUILD),
        and_(Build.state == BuildState.SUCCEEDED, Build.artifact.is_not(None)),
        and_(Build.state == BuildState.FAILED, category.in_(_OF_THE_FILES)),
    )
    query = select(Build).where(
        Build.run_id == run_id, Build.tree_digest == tree_digest, Build.mode == BuildMode.PREVIEW,
        ~Build.speculative, stands,
    ).order_by(Build.id.desc()).limit(1)  # fmt: skip
    return await session.scalar(query.with_for_update() if lock else query)


async def unfinished_builds(session: AsyncSession, *, since: datetime, limit: int) -> list[Build]:
    query = select(Build).where(Build.state.in_(UNFINISHED_BUILD), Build.requested_at < since)
    query = query.order_by(Build.requested_at).limit(limit)
    return list(await session.scalars(query.with_for_update(skip_locked=True)))


async def unfinished_of_run(session: AsyncSession, run_id: str) -> list[str]:
    """The run's builds under way, those included that were asked for while the model was still writing."""
    query = select(Build.id).where(Build.run_id == run_id, Build.state.in_(UNFINISHED_BUILD))
    return list(await session.scalars(query.order_by(Build.id)))


async def ended_builds(session: AsyncSession, ids: Collection[str]) -> list[Build]:
    """Those of the builds that are final, oldest first."""
    query = select(Build).where(Build.id.in_(ids), Build.state.not_in(UNFINISHED_BUILD)).order_by(Build.id)
    return list(await session.scalars(query))


async def forget_artifact(session: AsyncSession, deployment_id: str) -> None:
    """What the deployment's build made is lost: the next deployment of these files has them built again."""
    build_id = select(Deployment.build_id).where(Deployment.id == deployment_id).scalar_subquery()
    lost = update(Build).where(Build.id == build_id).values(state=BuildState.FAILED, artifact=None)
    await session.execute(lost)


async def last_seen(session: AsyncSession, app_id: str) -> Build | None:
    """The app's newest preview build of whose pages a browser has told."""
    query = select(Build).where(
        Build.app_id == app_id, Build.mode == BuildMode.PREVIEW, Build.pages.is_not(None)
    )
    return await session.scalar(query.order_by(Build.id.desc()).limit(1))


async def pages_state(session: AsyncSession, build_id: str | None) -> str | None:
    """How the browser check of the build has ended, if it has."""
    return await session.scalar(select(Build.pages["state"].astext).where(Build.id == build_id))


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


async def failed_in_browser(session: AsyncSession, run: Run) -> bool:
    """Whether a version of the run was deployed that a browser then found not to work."""
    query = select(
        exists().where(
            Deployment.run_id == run.id, Build.id == Deployment.build_id,
            Build.pages["state"].astext == PagesState.FAILED.value,
        )
    )  # fmt: skip
    return bool(await session.scalar(query))


async def live_before(session: AsyncSession, run: Run) -> Deployment | None:
    """What the app's preview served last and no browser has failed, the run's own deployments aside."""
    query = select(Deployment).outerjoin(Build, Build.id == Deployment.build_id).where(
        *_preview_of_others(run), Deployment.state == DeploymentState.DEPLOYED,
        Build.pages["state"].astext.is_distinct_from(PagesState.FAILED.value),
    )  # fmt: skip
    return await session.scalar(query.order_by(Deployment.id.desc()).limit(1))


async def taken_over(session: AsyncSession, run: Run) -> bool:
    """Whether a user has asked for something else in the app's preview since the run's last deployment."""
    later = exists().where(
        *_preview_of_others(run), Deployment.id > run.deployment_id,
        Deployment.state.in_((*UNFINISHED_DEPLOYMENT, DeploymentState.DEPLOYED)),
    )  # fmt: skip
    return bool(await session.scalar(select(later)))


def _preview_of_others(run: Run) -> tuple[ColumnElement[bool], ...]:
    return (
        Deployment.app_id == run.app_id,
        Deployment.environment == Environment.PREVIEW.value,
        Deployment.run_id.is_distinct_from(run.id),
    )


async def unseen_builds(session: AsyncSession, *, since: datetime, limit: int) -> list[str]:
    """Green builds that ended before then, that no browser has told of, and that something waits for."""
    waiting = union(
        select(Run.build_id).where(Run.state == RunState.VERIFYING),
        select(Deployment.build_id).where(Deployment.state == DeploymentState.BUILDING),
    )
    query = select(Build.id).where(
        Build.id.in_(waiting), Build.state == BuildState.SUCCEEDED, Build.pages.is_(None),
        Build.finished_at < since,
    )  # fmt: skip
    return list(await session.scalars(query.limit(limit)))


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
