"""The model's tool calls, carried out on the run's working copy."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import FileWrittenEvent, ToolCalledEvent
from orchestrator.db import apps, events
from orchestrator.db.models import Run
from orchestrator.db.models import ToolResult as ToolResultRow
from orchestrator.domain.text import storable
from orchestrator.domain.tools import ToolOutcome, ToolRefused, apply_call, parse_call
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import Block, ToolResult
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.turn import Conversation


async def run_tools(
    resources: Resources, talk: Conversation, turn_id: str, calls: list[Block]
) -> dict[str, ToolResult]:
    """Answers the calls by tool_use id; results, files and events commit together."""
    answers: dict[str, ToolResult] = {}
    async with resources.db.begin() as session:
        run = await talk.lease.hold(session)
        for call in calls:
            outcome = await _apply(session, run, talk, call.payload)
            answers[call.payload["id"]] = ToolResult(outcome.text, outcome.is_error)
            await _record(session, run, turn_id, call.payload, outcome)
    return answers


async def _apply(session: AsyncSession, run: Run, talk: Conversation, call: dict[str, Any]) -> ToolOutcome:
    """Does one call and changes the run's tree accordingly."""
    tree = Tree.from_json(run.tree or {})
    try:
        parsed = parse_call(call["name"], call["input"])
    except ToolRefused as refusal:
        return ToolOutcome(str(refusal), is_error=True)
    known = tree.get(parsed.path) if parsed.path else None
    current = await apps.get_blob(session, run.app_id, known.digest) if known else None
    log = talk.edits.setdefault(parsed.path or "", [])
    outcome = apply_call(parsed, current=current, tree=tree, locked=talk.locked, edit_log=log)
    if outcome.edit is not None:
        log.append(outcome.edit)
    if outcome.summary is not None:
        run.summary = storable(outcome.summary)
    if outcome.path is not None and outcome.content is not None:
        ref = FileRef.of(outcome.content)
        await apps.put_blobs(session, run.app_id, {ref.digest: outcome.content})
        run.tree = tree.with_file(outcome.path, ref).to_json()
        talk.wrote = True
    elif outcome.path is not None and outcome.deleted:
        run.tree = tree.without(outcome.path).to_json()
        talk.wrote = True
    return outcome


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
    if path is not None and (outcome.content is not None or outcome.deleted):
        size = len(outcome.content) if outcome.content is not None else None
        written = FileWrittenEvent(run_id=run.id, path=path, tool=tool, deleted=outcome.deleted, size=size)
        await events.append(session, run.app_id, written)
