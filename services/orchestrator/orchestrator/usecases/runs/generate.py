"""Generating: the conversation with the model, from its opening to `finish`."""

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import RunMode, RunState
from orchestrator.clients.model.protocol import ModelRejected
from orchestrator.db import apps, turns
from orchestrator.db.models import App, Run, Turn
from orchestrator.db.runs import Lease
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.build_note import is_note
from orchestrator.domain.conversation import failure, nudge_text
from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.endings import answer_of
from orchestrator.domain.prompt import prompt_version
from orchestrator.domain.recovery import is_recovery_message
from orchestrator.domain.rename import note_edits
from orchestrator.domain.tree import Tree
from orchestrator.domain.turns import StoredTurn, Usage
from orchestrator.domain.workspace import Workspace
from orchestrator.errors import ModelCut, ModelExhausted, ModelTooLong, ModelUnavailable
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.attached import as_blocks, shown
from orchestrator.usecases.runs.condense import condense
from orchestrator.usecases.runs.conversation import Conversation, add_request
from orchestrator.usecases.runs.fallback import avoid_outage, fall_back
from orchestrator.usecases.runs.naming import naming
from orchestrator.usecases.runs.settle import settle
from orchestrator.usecases.runs.speculate import speculating
from orchestrator.usecases.runs.tools import answer_calls
from orchestrator.usecases.runs.turn import TurnRecorder

_LOST_TURNS = 3


@dataclass(frozen=True)
class Generated:
    """How a conversation has ended: with files to check, an answer for the person, or questions to them.

    `stored`: the sources that builders have by now, by the digest of their tree.
    """

    end: Literal["finished", "answered", "waiting"]
    answer: str
    stored: Mapping[str, str]


async def generate(resources: Resources, lease: Lease, locked: tuple[str, ...]) -> Generated:
    """Converses with the model until it has finished; raises AppError when it cannot be brought to.

    `locked`: the template's globs of the files that the model may not change.
    """
    conversation = await _resume(resources, lease, locked)
    max_turns = resources.limits.max_turns
    async with speculating(resources, lease) as speculation, naming(resources, conversation) as named:
        while True:
            match step := conversation.next_step(max_turns):
                case "ask":
                    await _take_turn(resources, conversation)
                case "run_tools":
                    await answer_calls(resources, conversation, speculation, named)
                case "nudge":
                    await _nudge(resources, conversation)
                case "condense":
                    await condense(resources, conversation)
                case "give_up":
                    raise failure(
                        conversation.stop_reason, turns=conversation.seq, max_turns=max_turns,
                        stuck=conversation.is_stuck,
                    )  # fmt: skip
                case _:
                    last = conversation.turns[conversation.ids[-1]]
                    return Generated(step, answer_of(last), speculation.stored)


async def _resume(resources: Resources, lease: Lease, locked: tuple[str, ...]) -> Conversation:
    """Reads the conversation; a turn that a crash has interrupted is settled first."""
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, run.app_id)
        rows = await turns.turns_of(session, run.id)
        if rows and rows[-1].state in turns.OPEN:
            await settle(session, resources.outbox, resources.pricing, rows[-1], ours=True)
        kept = [row for row in rows if row.state != "lost" and row.seq > run.condensed_after]
        stored = await turns.conversation_of(session, kept)
        base = await apps.get_version(session, run.app_id, run.base_version or 0)
        bare = await apps.get_version(session, run.app_id, 0)
        attachments, contents = await shown(resources, session, run)
        repairing = run.state == RunState.RECOVERING
        model, *fallbacks = resources.routes.models(app.model, repairing=repairing, pinned=run.model)
        assert run.first_message is not None  # noqa: S101  # set when the run was prepared
        paints = resources.pictures is not None
        database = resources.data is not None
        run.prompt_version = prompt_version(paints=paints, database=database)
        conversation = Conversation(
            lease=lease, model=model, fallbacks=tuple(fallbacks), prefix=run.prefix or (),
            first_message=run.first_message,
            workspace=Workspace(
                Tree.from_json(run.tree or {}), locked, edits=await _logged_edits(session, stored),
                base=Tree.from_json(base.tree), mode=RunMode(run.mode),
                new=run.upgrade is None and base.tree_digest == bare.tree_digest, paints=paints,
                database=database,
            ),
            billing_class=_billed(run),
            ids=[row.id for row in kept], turns=stored, seq=len(rows),
            usage=turns.usage_of(kept[-1]) if kept else Usage(),
            stop_reason=kept[-1].stop_reason if kept else None,
            nudges=_nudged(stored.values()),
            picture_tokens=sum(one.picture.tokens for one in attachments),
        )  # fmt: skip
        if conversation.next_step(resources.limits.max_turns) == "ask":
            await add_request(session, resources, conversation)
    conversation.pictures = await as_blocks(attachments, contents)
    return conversation


def _billed(run: Run) -> BillingClass:
    """Nobody has asked for what an upgrade brings, nor for repairs."""
    if run.upgrade is not None:
        return BillingClass.PLATFORM
    return BillingClass.REPAIR if run.state == RunState.RECOVERING else BillingClass.USER


async def _logged_edits(
    session: AsyncSession, stored: Mapping[str, StoredTurn]
) -> dict[str, list[LoggedEdit]]:
    """By path what these turns' calls have changed, oldest first."""
    logged = await turns.edits_of(session, stored)
    edits: dict[str, list[LoggedEdit]] = {}
    for turn_id, turn in stored.items():
        for call in turn.tool_uses:
            made = logged.get((turn_id, call.payload["id"]), {})
            note_edits(edits, call.payload, {path: LoggedEdit.from_json(edit) for path, edit in made.items()})
    return edits


def _nudged(stored: Iterable[StoredTurn]) -> int:
    """How many turns were answered with a nudge, not with news or the errors of a build."""
    told = [turn.injected for turn in stored if turn.injected is not None]
    return sum(not is_note(text) and not is_recovery_message(text) for text in told)


async def _nudge(resources: Resources, conversation: Conversation) -> None:
    may_answer = conversation.answers_after is not None and not conversation.workspace.wrote
    text = nudge_text(conversation.stop_reason, may_answer=may_answer)
    turn_id = conversation.ids[-1]
    conversation.turns[turn_id] = replace(conversation.turns[turn_id], injected=text)
    conversation.nudges += 1
    async with resources.db.begin() as session:
        await conversation.lease.hold(session)
        (await session.get_one(Turn, turn_id)).injected = text
        await add_request(session, resources, conversation)


async def _take_turn(resources: Resources, conversation: Conversation) -> None:
    """Asks the model for a turn, again when its stream breaks before anything of use has come."""
    await avoid_outage(resources, conversation)
    recorder = TurnRecorder(resources, conversation)
    request = conversation.request(resources.limits.max_tokens, attempts=resources.limits.model_attempts)
    try:
        async with aclosing(resources.model.stream(request)) as stream:
            async for event in stream:
                await recorder.record(event)
    except ModelTooLong:
        await recorder.settle()
        conversation.too_long = True
    except ModelRejected:
        await recorder.settle()
        raise
    except (ModelCut, ModelUnavailable) as error:
        if not await recorder.settle():
            await _after_outage(resources, conversation, error)
        return
    finally:
        await recorder.close()
    conversation.lost = 0


async def _after_outage(
    resources: Resources, conversation: Conversation, error: ModelCut | ModelUnavailable
) -> None:
    """The turn has come to nothing: another model's turn, if one stands in, else once more or the end."""
    if conversation.fallbacks:
        await fall_back(resources, conversation, conversation.fallbacks[0])
        return
    conversation.lost += 1
    if conversation.lost >= _LOST_TURNS or isinstance(error, ModelUnavailable):
        message = f"{error.message} Nothing is lost: send the message again later."
        raise ModelExhausted(message) from error
