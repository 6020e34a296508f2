"""Preparing: the run gets its working copy, and the conversation its opening."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunMode, RunState
from common.contracts.events import PlanReadyEvent, RunStartedEvent, VersionCreatedEvent
from common.contracts.templates import TemplateRelease
from orchestrator.db import apps, events, runs
from orchestrator.db.models import App, Run
from orchestrator.db.runs import Lease
from orchestrator.domain.conversation import first_message, guide, locked_files
from orchestrator.domain.memory import memory_blocks
from orchestrator.domain.text import line_count, revision
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import characters_of
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs import drafts
from orchestrator.usecases.runs.attached import attachments_note
from orchestrator.usecases.runs.finish import move
from orchestrator.usecases.runs.upgrades import Merged

T = TypeVar("T")


async def start(session: AsyncSession, lease: Lease) -> None:
    """Takes a queued run up."""
    run = await lease.hold(session)
    if run.state == RunState.QUEUED:
        move(run, RunState.PREPARING)
        run.started_at = utcnow()
        await events.append(session, run.app_id, RunStartedEvent(run_id=run.id))


async def prepare(
    resources: Resources, lease: Lease, template: TemplateRelease, merged: Merged | None = None
) -> None:
    """Lays the files the run starts from: the app's head or draft, of a new app its template as version 0.

    An upgrade starts from the app's head with the new release `merged` into it.
    """
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        if app.head is None:
            await _lay_template(session, app, template)
        assert app.head is not None  # noqa: S101  # laid just above at the latest
        version = await apps.get_version(session, app.id, app.head)
        beginning = await (
            drafts.begin(session, run, version) if merged is None else merged.lay(session, run)
        )
        tree = Tree.from_json(beginning.tree)
        contents = await apps.contents_of(session, app.id, tree)
        lines = await asyncio.to_thread(_of_files, line_count, tree, contents)
        revisions = await asyncio.to_thread(_of_files, revision, tree, contents)
        run.base_version, run.tree = app.head, beginning.tree
        memory = await _memory(session, run, resources.settings.memory_tokens)
        run.prefix = [*locked_files(lines, template.locked), *guide(template.files), *memory]
        run.first_message = first_message(
            app.id, app.name, str(template.ref), lines, run.request, template.locked, revisions,
            beginning.note, RunMode(run.mode), await runs.asked_before(session, run),
            await attachments_note(resources, session, run),
        )  # fmt: skip
        move(run, RunState.GENERATING)
        plan = PlanReadyEvent(
            run_id=run.id, template=str(template.ref), base_version=app.head, files=len(tree)
        )
        await events.append(session, app.id, plan)


async def _memory(session: AsyncSession, run: Run, budget: int) -> list[str]:
    before = await runs.earlier_runs(session, run, characters=characters_of(budget))
    return memory_blocks(before.brief, before.runs, left_out=before.left_out, budget=budget)


def _of_files(measure: Callable[[bytes], T], tree: Tree, contents: Mapping[str, bytes]) -> dict[str, T]:
    return {path: measure(contents[ref.digest]) for path, ref in tree.items()}


async def _lay_template(session: AsyncSession, app: App, template: TemplateRelease) -> None:
    refs = {path: FileRef.of(content) for path, content in template.files.items()}
    await apps.put_blobs(session, app.id, {refs[path].digest: text for path, text in template.files.items()})
    summary = f"The template {template.ref}"
    version = await apps.add_version(
        session, app_id=app.id, tree=Tree(refs), origin="template", title=summary, summary=summary
    )
    await session.refresh(app)
    created = VersionCreatedEvent(version=version.number, origin="template", files=len(refs), title=summary)
    await events.append(session, app.id, created)
