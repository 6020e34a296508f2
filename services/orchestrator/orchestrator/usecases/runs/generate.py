"""Generating: the conversation with the model, from its opening to `finish`."""

from contextlib import aclosing
from dataclasses import replace

from common.contracts import RunState
from orchestrator.clients.model.protocol import ModelRequest
from orchestrator.db import apps, turns
from orchestrator.db.models import App, Turn
from orchestrator.db.runs import Lease
from orchestrator.domain.conversation import (
    SYSTEM_PROMPT,
    build_messages,
    failure,
    next_step,
    nudge_text,
)
from orchestrator.domain.tools import TOOL_SCHEMAS
from orchestrator.errors import ModelCut, ModelExhausted, ModelUnavailable
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.tools import run_tools
from orchestrator.usecases.runs.turn import Conversation, TurnRecorder, settle

_LOST_TURNS = 3


async def generate(resources: Resources, lease: Lease) -> None:
    """Talks with the model until it has finished; raises AppError when it cannot be brought to."""
    talk = await _resume(resources, lease)
    while True:
        last = talk.last
        if last is None or last.injected is not None:
            await _take_turn(resources, talk)
            continue
        step = next_step(
            last, talk.stop_reason, turns=talk.seq, max_turns=resources.limits.max_turns,
            nudges=talk.nudges, wrote=talk.wrote,
        )  # fmt: skip
        if step == "finished":
            return
        if step == "give_up":
            raise failure(talk.stop_reason, turns=talk.seq, max_turns=resources.limits.max_turns)
        if step == "nudge":
            await _nudge(resources, talk)
        elif not await _answer_tools(resources, talk):
            await _take_turn(resources, talk)


async def _resume(resources: Resources, lease: Lease) -> Conversation:
    """Reads the conversation; a turn that a crash has interrupted is settled first."""
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        rows = await turns.turns_of(session, run.id)
        if rows and rows[-1].state == "started":
            await settle(resources, session, rows[-1])
        kept = [row for row in rows if row.state != "lost"]
        said = await turns.conversation_of(session, kept)
        assert run.first_message is not None  # noqa: S101  # set when the run was prepared
        billing = "repair" if run.state == RunState.RECOVERING else "user"
        talk = Conversation(
            lease=lease, model=app.model, billing_class=billing, first_message=run.first_message, locked=(),
            ids=[row.id for row in kept], said=said, seq=len(rows),
            stop_reason=kept[-1].stop_reason if kept else None,
            nudges=sum(turn.injected is not None for turn in said.values()) - run.recoveries,
        )  # fmt: skip
        base = await apps.get_version(session, run.app_id, run.base_version or 0)
        talk.wrote = run.tree != base.tree
        reference = app.template
    talk.locked = (await resources.templates.get(reference)).locked
    return talk


async def _nudge(resources: Resources, talk: Conversation) -> None:
    text = nudge_text(talk.stop_reason)
    turn_id = talk.ids[-1]
    async with resources.db.begin() as session:
        await talk.lease.hold(session)
        (await session.get_one(Turn, turn_id)).injected = text
    talk.said[turn_id] = replace(talk.said[turn_id], injected=text)
    talk.nudges += 1


async def _answer_tools(resources: Resources, talk: Conversation) -> bool:
    """Answers the last turn's open tool calls; False when there were none."""
    turn_id = talk.ids[-1]
    turn = talk.said[turn_id]
    open_calls = [block for block in turn.tool_uses if block.payload["id"] not in turn.results]
    if not open_calls:
        return False
    answers = await run_tools(resources, talk, turn_id, open_calls)
    talk.said[turn_id] = replace(turn, results={**turn.results, **answers})
    return True


async def _take_turn(resources: Resources, talk: Conversation) -> None:
    """Asks the model for a turn, again when its stream breaks before it has said anything of use."""
    recorder = TurnRecorder(resources, talk)
    request = ModelRequest(
        model=talk.model, system=SYSTEM_PROMPT, tools=TOOL_SCHEMAS, max_tokens=resources.limits.max_tokens,
        messages=build_messages(talk.first_message, [talk.said[turn_id] for turn_id in talk.ids]),
        metadata={"user_id": talk.lease.app_id},
    )  # fmt: skip
    try:
        async with aclosing(resources.model.stream(request)) as stream:
            async for event in stream:
                await recorder.record(event)
    except (ModelCut, ModelUnavailable) as error:
        if not await recorder.settle():
            talk.lost += 1
            if talk.lost >= _LOST_TURNS or isinstance(error, ModelUnavailable):
                message = f"{error.message} Nothing is lost: send the message again later."
                raise ModelExhausted(message) from error
        return
    talk.lost = 0
