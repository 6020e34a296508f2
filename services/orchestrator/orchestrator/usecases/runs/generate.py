"""Generating: the conversation with the model, from its opening to `finish`."""

from contextlib import aclosing
from dataclasses import replace

from common.contracts import RunState
from orchestrator.clients.model.protocol import ModelRejected
from orchestrator.db import apps, turns
from orchestrator.db.models import App, Turn
from orchestrator.db.runs import Lease
from orchestrator.domain.conversation import failure, nudge_text
from orchestrator.domain.tree import Tree
from orchestrator.domain.turns import Usage
from orchestrator.domain.workspace import Workspace
from orchestrator.errors import ModelCut, ModelExhausted, ModelUnavailable
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation, add_request
from orchestrator.usecases.runs.settle import settle
from orchestrator.usecases.runs.tools import answer_calls
from orchestrator.usecases.runs.turn import TurnRecorder

_LOST_TURNS = 3


async def generate(resources: Resources, lease: Lease, locked: tuple[str, ...]) -> None:
    """Converses with the model until it has finished; raises AppError when it cannot be brought to.

    `locked`: the template's globs of the files that the model may not change.
    """
    conversation = await _resume(resources, lease, locked)
    max_turns = resources.limits.max_turns
    while (step := conversation.next_step(max_turns)) != "finished":
        match step:
            case "ask":
                await _take_turn(resources, conversation)
            case "run_tools":
                await answer_calls(resources, conversation)
            case "nudge":
                await _nudge(resources, conversation)
            case "give_up":
                raise failure(conversation.stop_reason, turns=conversation.seq, max_turns=max_turns)


async def _resume(resources: Resources, lease: Lease, locked: tuple[str, ...]) -> Conversation:
    """Reads the conversation; a turn that a crash has interrupted is settled first."""
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        rows = await turns.turns_of(session, run.id)
        if rows and rows[-1].state in turns.OPEN:
            await settle(session, resources.pricing, rows[-1], ours=True)
        kept = [row for row in rows if row.state != "lost"]
        stored = await turns.conversation_of(session, kept)
        base = await apps.get_version(session, run.app_id, run.base_version or 0)
        assert run.first_message is not None  # noqa: S101  # set when the run was prepared
        conversation = Conversation(
            lease=lease, model=app.model, first_message=run.first_message,
            workspace=Workspace(Tree.from_json(run.tree or {}), locked),
            billing_class="repair" if run.state == RunState.RECOVERING else "user",
            ids=[row.id for row in kept], turns=stored, seq=len(rows), wrote=run.tree != base.tree,
            usage=turns.usage_of(kept[-1]) if kept else Usage(),
            stop_reason=kept[-1].stop_reason if kept else None,
            nudges=sum(turn.injected is not None for turn in stored.values()) - run.recoveries,
        )  # fmt: skip
        if conversation.next_step(resources.limits.max_turns) == "ask":
            add_request(session, resources, conversation)
    return conversation


async def _nudge(resources: Resources, conversation: Conversation) -> None:
    text = nudge_text(conversation.stop_reason)
    turn_id = conversation.ids[-1]
    conversation.turns[turn_id] = replace(conversation.turns[turn_id], injected=text)
    conversation.nudges += 1
    async with resources.db.begin() as session:
        await conversation.lease.hold(session)
        (await session.get_one(Turn, turn_id)).injected = text
        add_request(session, resources, conversation)


async def _take_turn(resources: Resources, conversation: Conversation) -> None:
    """Asks the model for a turn, again when its stream breaks before anything of use has come."""
    recorder = TurnRecorder(resources, conversation)
    request = conversation.request(resources.limits.max_tokens)
    try:
        async with aclosing(resources.model.stream(request)) as stream:
            async for event in stream:
                await recorder.record(event)
    except ModelRejected:
        await recorder.settle()
        raise
    except (ModelCut, ModelUnavailable) as error:
        if not await recorder.settle():
            conversation.lost += 1
            if conversation.lost >= _LOST_TURNS or isinstance(error, ModelUnavailable):
                message = f"{error.message} Nothing is lost: send the message again later."
                raise ModelExhausted(message) from error
        return
    conversation.lost = 0
