"""The model's tool calls, carried out on the run's working copy."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import FileWrittenEvent, ToolCalledEvent
from orchestrator.db import apps, events
from orchestrator.db.models import Run
from orchestrator.db.models import ToolResult as ToolResultRow
from orchestrator.domain.text import storable
from orchestrator.domain.tools import ToolOutcome
from orchestrator.domain.turns import ToolResult
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation, add_request


async def answer_calls(resources: Resources, conversation: Conversation) -> None:
    """Answers the last turn's open calls; results, files and events commit together.

    So does the request that goes out next, unless the calls have ended the work.
    """
    turn_id = conversation.ids[-1]
    turn, workspace = conversation.turns[turn_id], conversation.workspace
    calls = [block.payload for block in turn.open_calls]
    await _read(resources, conversation, calls)
    # In a thread: a call may search and compare files of a megabyte.
    outcomes = await asyncio.to_thread(workspace.carry_out, calls)
    answers = {
        call["id"]: ToolResult(outcome.text, outcome.is_error)
        for call, outcome in zip(calls, outcomes, strict=True)
    }
    conversation.turns[turn_id] = replace(turn, results={**turn.results, **answers})
    changes = any(outcome.changes for outcome in outcomes)
    conversation.wrote = conversation.wrote or changes
    tree = await asyncio.to_thread(workspace.tree.to_json) if changes else None
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        run.tree = run.tree if tree is None else tree
        await _store(session, run, conversation, outcomes)
        for call, outcome in zip(calls, outcomes, strict=True):
            await _record(session, run, turn_id, call, outcome)
        if conversation.next_step(resources.limits.max_turns) == "ask":
            add_request(session, resources, conversation)
    workspace.forget()


async def _read(resources: Resources, conversation: Conversation, calls: Sequence[dict[str, Any]]) -> None:
    missing = conversation.workspace.missing(calls)
    if missing:
        async with resources.db.begin() as session:
            found = await apps.get_blobs(session, conversation.lease.app_id, missing)
        conversation.workspace.contents.update(found)


async def _store(
    session: AsyncSession, run: Run, conversation: Conversation, outcomes: Sequence[ToolOutcome]
) -> None:
    """The files that there are now, not those that a later call of the same turn has replaced."""
    workspace = conversation.workspace
    written = {outcome.path for outcome in outcomes if outcome.path and outcome.content is not None}
    digests = {workspace.tree[path].digest for path in written if path in workspace.tree}
    await apps.put_blobs(session, run.app_id, {digest: workspace.contents[digest] for digest in digests})
    summaries = [outcome.summary for outcome in outcomes if outcome.summary is not None]
    if summaries:
        run.summary = storable(summaries[-1])


async def _record(
    session: AsyncSession, run: Run, turn_id: str, call: dict[str, Any], outcome: ToolOutcome
) -> None:
    path = storable(outcome.path)[:200] if outcome.path else None
    tool = storable(str(call["name"]))[:64]
    session.add(
        ToolResultRow(
            turn_id=turn_id,
            tool_use_id=call["id"],
            tool=tool,
            path=path,
            text=storable(outcome.text),
            is_error=outcome.is_error,
        )
    )
    message = storable(outcome.text)[:500] if outcome.is_error else None
    called = ToolCalledEvent(run_id=run.id, tool=tool, path=path, ok=not outcome.is_error, message=message)
    await events.append(session, run.app_id, called)
    if path is not None and outcome.changes:
        size = len(outcome.content) if outcome.content is not None else None
        written = FileWrittenEvent(run_id=run.id, path=path, tool=tool, deleted=outcome.deleted, size=size)
        await events.append(session, run.app_id, written)
