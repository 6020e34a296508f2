"""Drafts: the files that a failed run leaves, for the app's next message to go on from."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import BuildFinished, Diagnostic, PagesChecked, RunState
from orchestrator.db import apps, runs
from orchestrator.db.models import App, Build, Run, Version
from orchestrator.domain.draft import OVERTAKEN, STARTED_OVER, draft_note
from orchestrator.domain.findings import failures
from orchestrator.domain.tree import Tree

_WITHOUT_FILES = frozenset({RunState.CANCELLED, RunState.ANSWERED, RunState.WAITING})


@dataclass(frozen=True)
class Beginning:
    """The files a run starts from, and what the model is told of where they come from, if anything."""

    tree: dict[str, Any]
    note: str = ""


async def begin(session: AsyncSession, run: Run, head: Version) -> Beginning:
    """From the app's draft, or from its head: when there is no draft, or the person wants to start over.

    A draft of an earlier head is given up: it would undo what has been done since.
    """
    draft = await runs.draft_of(session, run.app_id)
    if draft is None or draft.tree is None:
        return Beginning(head.tree)
    if run.start_over or draft.base_version != head.number:
        draft.draft = False
        return Beginning(head.tree, STARTED_OVER if run.start_over else OVERTAKEN)
    run.draft_run_id = draft.id
    changes = Tree.from_json(draft.tree).diff(Tree.from_json(head.tree))
    return Beginning(draft.tree, draft_note(changes, await _problems(session, draft)))


async def keep(session: AsyncSession, run: Run) -> None:
    """What a failed run has written becomes the app's draft; after one that has succeeded there is none.

    A run that was cancelled or ended with words changes nothing, nor does one that never began to write. What
    has become the app's head needs no draft. An upgrade that fails leaves none: its files are for another
    template than the app's.
    """
    if run.state == RunState.FAILED and run.upgrade is not None:
        return
    if run.state in _WITHOUT_FILES or run.tree is None or run.base_version is None:
        return
    await runs.drop_draft(session, run.app_id)
    if run.state == RunState.FAILED:
        head = await session.scalar(select(App.head).where(App.id == run.app_id))
        base = await apps.get_version(session, run.app_id, run.base_version)
        run.draft = head == run.base_version and run.tree != base.tree


async def _problems(session: AsyncSession, draft: Run) -> tuple[Diagnostic, ...]:
    """Why the run's last build, or the browser check of it, failed."""
    build = await session.get(Build, draft.build_id) if draft.build_id else None
    if build is None:
        return ()
    if build.pages is not None and (found := failures(PagesChecked.model_validate(build.pages))):
        return found
    return () if build.result is None else BuildFinished.model_validate(build.result).diagnostics
