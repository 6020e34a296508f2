"""The model's tool calls, carried out on the run's working copy."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import FileWrittenEvent, TodoUpdatedEvent, ToolCalledEvent
from common.errors import Timeout, Unavailable
from common.logging import get_logger
from orchestrator.db import apps, events
from orchestrator.db.models import App, Run, Turn
from orchestrator.db.models import ToolResult as ToolResultRow
from orchestrator.domain.arguments import MAX_DECISIONS
from orchestrator.domain.cuts import told_to_split
from orchestrator.domain.lookalikes import refused_before
from orchestrator.domain.migrations import described, migrations_digest
from orchestrator.domain.naming import title_from
from orchestrator.domain.repetition import idle_calls
from orchestrator.domain.text import storable, storable_json
from orchestrator.domain.tools import PACKAGE_TOOLS, ToolOutcome, next_calls
from orchestrator.domain.tree import FileRef
from orchestrator.domain.turns import ToolResult
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.attached import used_by
from orchestrator.usecases.runs.conversation import Conversation, add_request
from orchestrator.usecases.runs.dependencies import packages_for
from orchestrator.usecases.runs.looks import last_seen, pictures_of
from orchestrator.usecases.runs.naming import Naming, store_icon
from orchestrator.usecases.runs.painting import picture_for
from orchestrator.usecases.runs.speculate import Speculation
from orchestrator.usecases.runs.verdicts import verdict
from orchestrator.usecases.schema import Schema, schema_of

logger = get_logger(__name__)


async def answer_calls(
    resources: Resources, conversation: Conversation, speculation: Speculation, naming: Naming
) -> None:
    """Answers the last turn's next open calls (see `next_calls`); results, files and events commit together.

    So does the request that goes out next, unless the calls have ended the work or some are still open. Until
    then changed files are built meanwhile, and the model is told of the errors.
    """
    turn_id = conversation.ids[-1]
    turn, workspace = conversation.turns[turn_id], conversation.workspace
    calls, before = next_calls([block.payload for block in turn.open_calls]), workspace.tree
    await _fetch(resources, conversation, calls, speculation)
    outcomes = await _carry_out(conversation, calls)
    pictures = await pictures_of(resources, workspace.seen, outcomes)
    answers = {
        call["id"]: ToolResult(outcome.text, outcome.is_error, picture)
        for call, outcome, picture in zip(calls, outcomes, pictures, strict=True)
    }
    conversation.turns[turn_id] = replace(turn, results={**turn.results, **answers})
    icon = naming.place_icon()
    tree = await asyncio.to_thread(workspace.tree.to_json) if workspace.tree != before else None
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        run.tree = run.tree if tree is None else tree
        await _store(session, run, conversation, outcomes)
        for call, outcome, picture in zip(calls, outcomes, pictures, strict=True):
            await _record(session, run, turn_id, call, outcome, picture)
        if icon is not None:
            await store_icon(session, run, icon)
        goes_on = conversation.next_step(resources.limits.max_turns) == "ask"
        if goes_on:
            await _tell(session, conversation, naming.note(), await speculation.note(session))
            await add_request(session, resources, conversation)
    if goes_on and workspace.unbuilt:
        speculation.begin(workspace.tree)
        workspace.unbuilt = False
    workspace.forget()


async def _carry_out(conversation: Conversation, calls: list[dict[str, Any]]) -> list[ToolOutcome]:
    workspace, turn = conversation.workspace, conversation.turns[conversation.ids[-1]]
    # In a thread: a call may search and compare files of a megabyte.
    outcomes = await asyncio.to_thread(workspace.carry_out, calls)
    if calls[-1] is turn.tool_uses[-1].payload:
        outcomes = told_to_split(outcomes, conversation.cuts)
    return outcomes


async def _tell(session: AsyncSession, conversation: Conversation, *notes: str | None) -> None:
    """Adds the notes that there are to what the last turn is answered."""
    note = "\n".join(note for note in notes if note is not None)
    if note:
        turn_id = conversation.ids[-1]
        conversation.turns[turn_id] = replace(conversation.turns[turn_id], injected=note)
        (await session.get_one(Turn, turn_id)).injected = note


async def _fetch(
    resources: Resources,
    conversation: Conversation,
    calls: Sequence[dict[str, Any]],
    speculation: Speculation,
) -> None:
    """Brings into the workspace what the calls need, which may be waiting for the builder or a picture."""
    lease, workspace = conversation.lease, conversation.workspace
    workspace.idle = idle_calls(conversation.turns.values())
    workspace.told = refused_before(conversation.turns.values())
    await _read(resources, conversation, calls)
    workspace.attached = await used_by(resources, lease.app_id, calls)
    if any(call["name"] in {"get_schema", "run_check"} for call in calls):
        schema = await _schema(resources, conversation)
        if any(call["name"] == "run_check" for call in calls):
            asked = verdict(resources, lease, schema, speculation) if schema else None
            workspace.verdict = await asked if asked else None
            workspace.unbuilt = False
    ends = [call["name"] for call in calls] == ["finish"]
    workspace.overlooked = await speculation.overlooked(workspace.tree) if ends else None
    if any(call["name"] == "look" for call in calls):
        workspace.seen = await last_seen(resources, lease, workspace.tree)
    for call in calls:  # one, as it is answered alone
        if call["name"] == "generate_image":
            workspace.made = await picture_for(resources, conversation, call)
        if call["name"] in PACKAGE_TOOLS:
            workspace.resolved = await packages_for(resources, conversation, call)


async def _schema(resources: Resources, conversation: Conversation) -> Schema | None:
    """Of the files, which have the types of their tables from then on; None when nobody can tell."""
    workspace, schema = conversation.workspace, None
    async with resources.db.begin() as session:
        app = await session.get_one(App, conversation.lease.app_id)
        template = (await conversation.lease.hold(session)).template_of(app)
    try:
        schema = await schema_of(resources, app.id, template, workspace.tree)
    except (Unavailable, Timeout) as error:
        logger.info("migrations not checked", reason=error.message)
    else:
        workspace.tree = schema.tree
    workspace.schema = described(
        schema.checked if schema else None,
        schema.problems if schema else (),
        any_migrations=migrations_digest(workspace.tree) is not None,
    )
    return schema


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
    written = {path for outcome in outcomes for path in outcome.files if path in workspace.tree}
    digests = {workspace.tree[path].digest for path in written}
    await apps.put_blobs(session, run.app_id, {digest: workspace.contents[digest] for digest in digests})
    summaries = [outcome.summary for outcome in outcomes if outcome.summary is not None]
    if summaries:
        run.summary = storable(summaries[-1])
    titles = [title for outcome in outcomes if (title := title_from(storable(outcome.title)))]
    if titles:
        run.title = titles[-1]
    # After a repair it finishes once more, and need not say again what it has said.
    run.decisions = list(dict.fromkeys([*(run.decisions or []), *_decided(outcomes)]))[-MAX_DECISIONS:]
    questions = [question for outcome in outcomes for question in outcome.questions]
    if questions:
        run.questions = [storable_json(question.model_dump()) for question in questions]
    await _store_list(session, run, outcomes)


async def _store_list(session: AsyncSession, run: Run, outcomes: Sequence[ToolOutcome]) -> None:
    lists = [outcome.todo for outcome in outcomes if outcome.todo is not None]
    if not lists:
        return
    items = [storable_json(item.model_dump()) for item in lists[-1]]
    if items != run.todo:
        run.todo = items
        await events.append(session, run.app_id, TodoUpdatedEvent(run_id=run.id, items=lists[-1]))


def _decided(outcomes: Sequence[ToolOutcome]) -> list[str]:
    return [storable(decision) for outcome in outcomes for decision in outcome.decisions]


async def _record(
    session: AsyncSession,
    run: Run,
    turn_id: str,
    call: dict[str, Any],
    outcome: ToolOutcome,
    picture: bytes | None,
) -> None:
    ref = FileRef.of(picture) if picture is not None else None
    if ref is not None and picture is not None:
        await apps.put_blobs(session, run.app_id, {ref.digest: picture})
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
            picture=ref.digest if ref else None,
            edits={path: edit.to_json() for path, edit in outcome.edits.items()} or None,
        )
    )
    message = storable(outcome.text)[:500] if outcome.is_error else None
    called = ToolCalledEvent(run_id=run.id, tool=tool, path=path, ok=not outcome.is_error, message=message)
    await events.append(session, run.app_id, called)
    for changed, content in outcome.files.items():
        size = None if content is None else len(content)
        written = FileWrittenEvent(run_id=run.id, path=changed, tool=tool, deleted=content is None, size=size)
        await events.append(session, run.app_id, written)
