"""Reading: of an app that was found to be the team's, or what belongs to the team itself."""

from collections.abc import Collection
from typing import Any

from common.contracts import TemplateRef
from common.database import Database
from orchestrator.clients.platform import BuilderClient
from orchestrator.db import apps, deployments, runs, turns
from orchestrator.db.models import App, Build, Deployment, Message, Run, Version
from orchestrator.domain.tree import Tree, TreeDiff

LiveByEnvironment = dict[str, Deployment]


async def list_apps(
    *,
    db: Database,
    team_id: str,
    cursor: str | None,
    limit: int,
    templates: Collection[TemplateRef] | None = None,
) -> list[tuple[App, LiveByEnvironment]]:
    """The team's apps with what is live of each, newest first, from behind the one `cursor`.

    `templates`: only those that are on one of these releases.
    """
    async with db.begin() as session:
        found = await apps.list_apps(session, team_id, cursor=cursor, limit=limit, templates=templates)
        live = await deployments.live_deployments(session, [app.id for app in found])
        return [(app, live[app.id]) for app in found]


async def live_deployments(*, db: Database, app: App) -> LiveByEnvironment:
    """What is live of the app, by environment; an environment where nothing is live is left out."""
    async with db.begin() as session:
        return (await deployments.live_deployments(session, [app.id]))[app.id]


async def list_messages(*, db: Database, app: App, cursor: str | None, limit: int) -> list[Message]:
    """The app's chat, oldest first, from behind the one `cursor`."""
    async with db.begin() as session:
        return await apps.list_messages(session, app.id, cursor=cursor, limit=limit)


async def list_runs(*, db: Database, app: App, cursor: str | None, limit: int) -> list[Run]:
    """The app's runs, newest first, from behind the one `cursor`."""
    async with db.begin() as session:
        return await runs.list_runs(session, app.id, cursor=cursor, limit=limit)


async def get_run(*, db: Database, team_id: str, run_id: str) -> Run:
    """The run; raises RunNotFound, also for another team's."""
    async with db.begin() as session:
        return await runs.get_run(session, team_id, run_id)


async def list_versions(*, db: Database, app: App, cursor: int | None, limit: int) -> list[Version]:
    """The app's versions, newest first, from behind the one `cursor`."""
    async with db.begin() as session:
        return await apps.list_versions(session, app.id, cursor=cursor, limit=limit)


async def get_version(*, db: Database, app: App, number: int) -> Version:
    """The version with its tree; raises VersionNotFound."""
    async with db.begin() as session:
        return await apps.get_version(session, app.id, number)


async def diff_versions(*, db: Database, app: App, number: int, base: int) -> TreeDiff:
    """Paths that were added, changed and removed from version `base` to `number`."""
    async with db.begin() as session:
        version = await apps.get_version(session, app.id, number)
        earlier = await apps.get_version(session, app.id, base)
        return Tree.from_json(version.tree).diff(Tree.from_json(earlier.tree))


async def list_builds(*, db: Database, app: App, cursor: str | None, limit: int) -> list[Build]:
    """The app's builds, newest first, from behind the one `cursor`."""
    async with db.begin() as session:
        return await deployments.list_builds(session, app.id, cursor=cursor, limit=limit)


async def get_build(*, db: Database, app: App, build_id: str) -> Build:
    """A build as the orchestrator asked for it and heard of it; raises BuildNotFound."""
    async with db.begin() as session:
        return await deployments.get_build(session, app.id, build_id)


async def get_build_log(*, db: Database, builder: BuilderClient, app: App, build_id: str) -> str:
    """The build's log, which only the builder has; raises BuildNotFound or Unavailable."""
    build = await get_build(db=db, app=app, build_id=build_id)
    return await builder.log(build.id)


async def list_deployments(*, db: Database, app: App, cursor: str | None, limit: int) -> list[Deployment]:
    """The app's deployments in all environments, newest first, from behind the one `cursor`."""
    async with db.begin() as session:
        return await deployments.list_deployments(session, app.id, cursor=cursor, limit=limit)


async def get_deployment(*, db: Database, app: App, deployment_id: str) -> Deployment:
    """A deployment as the orchestrator asked for it and heard of it; raises DeploymentNotFound."""
    async with db.begin() as session:
        return await deployments.get_deployment(session, app.id, deployment_id)


async def app_usage(*, db: Database, app: App) -> list[dict[str, Any]]:
    """Tokens and cost by version and billing class, as they were ledgered."""
    async with db.begin() as session:
        return await turns.usage_by_version(session, app.id)


async def team_usage(*, db: Database, team_id: str) -> list[dict[str, Any]]:
    """Tokens and cost by app and billing class; deleted apps stay in it."""
    async with db.begin() as session:
        return await turns.usage_by_app(session, team_id)
