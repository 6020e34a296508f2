"""One turn of the model, stored block by block while it streams in."""

from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import LiveEvent
from common.contracts.events import MessageDeltaEvent
from common.logging import get_logger
from common.messaging.streams import live_subject
from orchestrator.clients.model.protocol import BlockDone, ModelEvent, TextDelta, TurnDone, TurnStarted
from orchestrator.db import events, turns
from orchestrator.db.models import Turn
from orchestrator.db.runs import Lease
from orchestrator.domain.edits import LoggedEdit
from orchestrator.domain.text import storable
from orchestrator.domain.turns import Block, StoredTurn, Usage
from orchestrator.metrics import TOKENS, TURNS
from orchestrator.usecases.resources import Resources

_CHARACTERS_PER_TOKEN = 4

logger = get_logger(__name__)


@dataclass
class Conversation:
    """A run's conversation in memory; all of it is in the database too, which counts after a crash."""

    lease: Lease
    model: str
    billing_class: str
    first_message: str
    locked: tuple[str, ...]
    ids: list[str]
    said: dict[str, StoredTurn]
    seq: int
    stop_reason: str | None
    nudges: int
    lost: int = 0
    wrote: bool = False
    edits: dict[str, list[LoggedEdit]] = field(default_factory=dict)

    @property
    def last(self) -> StoredTurn | None:
        return self.said[self.ids[-1]] if self.ids else None


async def settle(resources: Resources, session: AsyncSession, turn: Turn) -> None:
    """Ends a turn whose stream broke: with its whole tool calls it counts, without any it is lost.

    What it had put out so far is not known from the vendor, so the output is estimated from its blocks.
    """
    said = (await turns.conversation_of(session, [turn]))[turn.id]
    usage = turns.usage_of(turn)
    written = sum(len(str(block.payload)) for block in said.blocks)
    usage = replace(usage, output_tokens=max(usage.output_tokens, written // _CHARACTERS_PER_TOKEN))
    turns.set_usage(turn, usage, resources.pricing.cost(turn.model, usage))
    state = "cut" if said.tool_uses else "lost"
    turns.end_turn(turn, state=state, stop_reason="tool_use" if state == "cut" else None)
    TURNS.labels(turn.model, turn.billing_class, state).inc()
    logger.warning("model turn interrupted", turn_id=turn.id, outcome=state)


class TurnRecorder:
    """Stores one turn while it streams in."""

    def __init__(self, resources: Resources, talk: Conversation) -> None:
        self._resources = resources
        self._talk = talk
        self._turn_id: str | None = None
        self._blocks: list[Block] = []

    async def record(self, event: ModelEvent) -> None:
        match event:
            case TurnStarted():
                await self._start(event)
            case TextDelta():
                await self._show(event)
            case BlockDone():
                await self._store(event)
            case TurnDone():
                await self._finish(event)

    async def settle(self) -> bool:
        """Ends a turn that broke; whether what there is of it can be used."""
        if self._turn_id is None:
            return False
        async with self._resources.db.begin() as session:
            await self._talk.lease.hold(session)
            turn = await session.get_one(Turn, self._turn_id)
            await settle(self._resources, session, turn)
        if turn.state == "cut":
            self._keep("tool_use")
        return turn.state == "cut"

    async def _start(self, event: TurnStarted) -> None:
        if self._turn_id is not None:
            await self.settle()
        talk, self._blocks = self._talk, []
        talk.seq += 1
        async with self._resources.db.begin() as session:
            await talk.lease.hold(session)
            turn = turns.add_turn(
                session, run_id=talk.lease.run_id, seq=talk.seq, billing_class=talk.billing_class,
                model=talk.model, request_id=event.request_id,
            )  # fmt: skip
            turns.set_usage(turn, event.usage, self._resources.pricing.cost(talk.model, event.usage))
        self._turn_id = turn.id

    async def _show(self, event: TextDelta) -> None:
        lease = self._talk.lease
        delta = MessageDeltaEvent(run_id=lease.run_id, text=storable(event.text), kind=event.kind)
        live = LiveEvent(app_id=lease.app_id, event=delta)
        await self._resources.bus.publish_live(live_subject(lease.app_id), live)

    async def _store(self, event: BlockDone) -> None:
        self._blocks.append(event.block)
        lease = self._talk.lease
        async with self._resources.db.begin() as session:
            await lease.hold(session)
            turns.add_block(session, self._id, event.index, event.block)
            if event.block.kind == "text" and event.block.payload.get("text"):
                text = storable(event.block.payload["text"])
                final = MessageDeltaEvent(run_id=lease.run_id, text=text, final=True)
                await events.append(session, lease.app_id, final)

    async def _finish(self, event: TurnDone) -> None:
        cost = self._resources.pricing.cost(self._talk.model, event.usage)
        async with self._resources.db.begin() as session:
            await self._talk.lease.hold(session)
            turn = await session.get_one(Turn, self._id)
            turns.set_usage(turn, event.usage, cost)
            turns.end_turn(turn, state="done", stop_reason=event.stop_reason)
        _count(self._talk, event.usage)
        self._keep(event.stop_reason)

    @property
    def _id(self) -> str:
        assert self._turn_id is not None  # noqa: S101  # the protocol starts every turn with TurnStarted
        return self._turn_id

    def _keep(self, stop_reason: str | None) -> None:
        self._talk.ids.append(self._id)
        self._talk.said[self._id] = StoredTurn(tuple(self._blocks))
        self._talk.stop_reason = stop_reason


def _count(talk: Conversation, usage: Usage) -> None:
    TURNS.labels(talk.model, talk.billing_class, "done").inc()
    for name in turns.USAGE_FIELDS:
        TOKENS.labels(talk.model, name.removesuffix("_tokens")).inc(getattr(usage, name))
