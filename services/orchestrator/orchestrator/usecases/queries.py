"""Reading: what a team may see of its apps; what belongs to others raises NotFound just as if absent."""

from typing import Any

from common.database import Database
from orchestrator.clients.platform import BuilderClient
from orchestrator.db import apps, releases, runs, turns
from orchestrator.db.models import App, Build, Deployment, Message, Run, Version
from orchestrator.domain.tree import Tree, TreeDiff

LiveByEnvironment = dict[str, Deployment]


async def list_apps(
    *, db: Database, team_id: str, before: str | None, limit: int
) -> list[tuple[App, LiveByEnvironment]]:
    async with db.begin() as session:
        found = await apps.list_apps(session, team_id, before=before, limit=limit)
        live = await releases.live_deployments(session, [app.id for app in found])
        return [(app, live[app.id]) for app in found]


async def get_app(*, db: Database, team_id: str, app_id: str) -> tuple[App, LiveByEnvironment]:
    async with db.begin() as session:
        app = await apps.get_app(session, team_id, app_id)
        return app, (await releases.live_deployments(session, [app.id]))[app.id]


async def list_messages(
    *, db: Database, team_id: str, app_id: str, after: str | None, limit: int
) -> list[Message]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await apps.list_messages(session, app_id, after=after, limit=limit)


async def list_runs(*, db: Database, team_id: str, app_id: str, before: str | None, limit: int) -> list[Run]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await runs.list_runs(session, app_id, before=before, limit=limit)


async def get_run(*, db: Database, team_id: str, run_id: str) -> Run:
    async with db.begin() as session:
        return await runs.get_run(session, team_id, run_id)


async def list_versions(
    *, db: Database, team_id: str, app_id: str, before: int | None, limit: int
) -> list[Version]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await apps.list_versions(session, app_id, before=before, limit=limit)


async def get_version(*, db: Database, team_id: str, app_id: str, number: int) -> Version:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await apps.get_version(session, app_id, number)


async def diff_versions(*, db: Database, team_id: str, app_id: str, number: int, base: int) -> TreeDiff:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        version = await apps.get_version(session, app_id, number)
        earlier = await apps.get_version(session, app_id, base)
        return Tree.from_json(version.tree).diff(Tree.from_json(earlier.tree))


async def list_builds(
    *, db: Database, team_id: str, app_id: str, before: str | None, limit: int
) -> list[Build]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await releases.list_builds(session, app_id, before=before, limit=limit)


async def get_build(*, db: Database, team_id: str, app_id: str, build_id: str) -> Build:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await releases.get_build(session, app_id, build_id)


async def get_build_log(
    *, db: Database, builder: BuilderClient, team_id: str, app_id: str, build_id: str
) -> str:
    build = await get_build(db=db, team_id=team_id, app_id=app_id, build_id=build_id)
    return await builder.log(build.id)


async def list_deployments(
    *, db: Database, team_id: str, app_id: str, before: str | None, limit: int
) -> list[Deployment]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await releases.list_deployments(session, app_id, before=before, limit=limit)


async def get_deployment(*, db: Database, team_id: str, app_id: str, deployment_id: str) -> Deployment:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await releases.get_deployment(session, app_id, deployment_id)


async def app_usage(*, db: Database, team_id: str, app_id: str) -> list[dict[str, Any]]:
    async with db.begin() as session:
        await apps.get_app(session, team_id, app_id)
        return await turns.usage_by_version(session, app_id)


async def team_usage(*, db: Database, team_id: str) -> list[dict[str, Any]]:
    async with db.begin() as session:
        return await turns.usage_by_app(session, team_id)
