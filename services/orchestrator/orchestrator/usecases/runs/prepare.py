"""Preparing: the run gets its working copy, and the conversation its opening."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunState
from common.contracts.events import PlanReadyEvent, RunStartedEvent, VersionCreatedEvent
from common.contracts.templates import TemplateRelease
from orchestrator.db import apps, events
from orchestrator.db.models import App
from orchestrator.db.runs import Lease
from orchestrator.domain.conversation import first_message
from orchestrator.domain.text import line_count
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import move


async def start(session: AsyncSession, lease: Lease) -> None:
    """Takes a queued run up."""
    run = await lease.hold(session)
    if run.state == RunState.QUEUED:
        move(run, RunState.PREPARING)
        run.started_at = utcnow()
        await events.append(session, run.app_id, RunStartedEvent(run_id=run.id))


async def prepare(resources: Resources, lease: Lease, template: TemplateRelease) -> None:
    """Lays the files the run starts from: the app's head, or for a new app its template as version 0."""
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        if app.head is None:
            await _lay_template(session, app, template)
        assert app.head is not None  # noqa: S101  # laid just above at the latest
        version = await apps.get_version(session, app.id, app.head)
        tree = Tree.from_json(version.tree)
        contents = await apps.contents_of(session, app.id, tree)
        run.base_version, run.tree = app.head, version.tree
        run.first_message = await asyncio.to_thread(_opening, app, template, tree, contents, run.request)
        move(run, RunState.GENERATING)
        plan = PlanReadyEvent(
            run_id=run.id, template=str(app.template), base_version=app.head, files=len(tree)
        )
        await events.append(session, app.id, plan)


def _opening(
    app: App, template: TemplateRelease, tree: Tree, contents: Mapping[str, bytes], request: str
) -> str:
    lines = {path: line_count(contents[ref.digest]) for path, ref in tree.items()}
    return first_message(app.id, app.name, str(app.template), lines, request, template.locked)


async def _lay_template(session: AsyncSession, app: App, template: TemplateRelease) -> None:
    refs = {path: FileRef.of(content) for path, content in template.files.items()}
    await apps.put_blobs(session, app.id, {refs[path].digest: text for path, text in template.files.items()})
    summary = f"The template {template.ref}"
    version = await apps.add_version(
        session, app_id=app.id, tree=Tree(refs), origin="template", summary=summary
    )
    await session.refresh(app)
    created = VersionCreatedEvent(version=version.number, origin="template", files=len(refs))
    await events.append(session, app.id, created)
