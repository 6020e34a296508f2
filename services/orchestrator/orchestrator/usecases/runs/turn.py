"""One turn of the model: noted before it is asked for, and stored block by block while it streams in."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import LiveEvent
from common.contracts.events import MessageDeltaEvent
from common.messaging.streams import live_subject
from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    ModelEvent,
    TextDelta,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.db import events, turns
from orchestrator.db.models import Turn
from orchestrator.domain.text import storable
from orchestrator.domain.turns import Block, StoredTurn, Usage
from orchestrator.metrics import TOKENS, TURNS
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation, add_request
from orchestrator.usecases.runs.settle import settle


class TurnRecorder:
    """Stores one turn while it streams in.

    A block is stored while the one after it is written, the last one together with the turn's end.
    """

    def __init__(self, resources: Resources, conversation: Conversation) -> None:
        self._resources = resources
        self._conversation = conversation
        self._turn_id: str | None = None
        self._started: TurnStarted | None = None
        self._blocks: list[Block] = []
        self._unsaved: list[BlockDone] = []

    async def record(self, event: ModelEvent) -> None:
        """Stores what the event brings, or passes a delta on; raises LeaseLost."""
        match event:
            case TurnRequested():
                await self._request()
            case TurnRefused():
                await self._withdraw()
            case TurnStarted():
                self._started = event
            case BlockStarted():
                await self._save()
            case TextDelta():
                await self._show(event)
            case BlockDone():
                self._blocks.append(event.block)
                self._unsaved.append(event)
            case TurnDone():
                await self._finish(event)

    async def settle(self) -> bool:
        """Ends a turn that broke; whether what there is of it can be used."""
        if self._turn_id is None:
            return False
        async with self._resources.db.begin() as session:
            turn = await self._write(session)
            usage = await settle(session, self._resources.pricing, turn)
        if turn.state == "cut":
            self._conversation.add(turn.id, StoredTurn(tuple(self._blocks)), "tool_use", usage)
        self._forget()
        return turn.state == "cut"

    async def _request(self) -> None:
        """Sees to it that the request has its row before it goes out."""
        await self.settle()
        conversation = self._conversation
        if conversation.requested is None:
            async with self._resources.db.begin() as session:
                await conversation.lease.hold(session)
                add_request(session, self._resources, conversation)
        self._turn_id, conversation.requested = conversation.requested, None
        conversation.seq += 1

    async def _withdraw(self) -> None:
        """Forgets a request that costs nothing."""
        async with self._resources.db.begin() as session:
            await self._conversation.lease.hold(session)
            await turns.remove_turn(session, self._id)
        self._conversation.seq -= 1
        self._forget()

    async def _show(self, event: TextDelta) -> None:
        lease = self._conversation.lease
        delta = MessageDeltaEvent(run_id=lease.run_id, text=storable(event.text), kind=event.kind)
        live = LiveEvent(app_id=lease.app_id, event=delta)
        await self._resources.bus.publish_live(live_subject(lease.app_id), live)

    async def _save(self) -> None:
        if not self._unsaved:
            return
        async with self._resources.db.begin() as session:
            await self._write(session)

    async def _finish(self, event: TurnDone) -> None:
        conversation = self._conversation
        async with self._resources.db.begin() as session:
            turn = await self._write(session)
            turns.set_usage(turn, event.usage, self._resources.pricing.cost(turn.model, event.usage))
            turns.end_turn(turn, state="done", stop_reason=event.stop_reason)
        conversation.add(self._id, StoredTurn(tuple(self._blocks)), event.stop_reason, event.usage)
        self._forget()
        _count(conversation, event.usage)

    async def _write(self, session: AsyncSession) -> Turn:
        """Stores what has come since the last time, in the caller's transaction."""
        lease = self._conversation.lease
        await lease.hold(session)
        turn = await session.get_one(Turn, self._id)
        if self._started is not None:
            cost = self._resources.pricing.cost(turn.model, self._started.usage)
            turns.start_turn(turn, self._started.usage, cost, self._started.request_id)
        for done in self._unsaved:
            turns.add_block(session, turn.id, done.index, done.block)
            text = done.block.payload.get("text") if done.block.kind == "text" else None
            if text:
                final = MessageDeltaEvent(run_id=lease.run_id, text=storable(text), final=True)
                await events.append(session, lease.app_id, final)
        await session.flush()
        self._unsaved.clear()
        return turn

    def _forget(self) -> None:
        self._turn_id, self._started = None, None
        self._blocks, self._unsaved = [], []

    @property
    def _id(self) -> str:
        assert self._turn_id is not None  # noqa: S101  # the protocol begins every turn with TurnRequested
        return self._turn_id


def _count(conversation: Conversation, usage: Usage) -> None:
    TURNS.labels(conversation.model, conversation.billing_class, "done").inc()
    for name in turns.USAGE_FIELDS:
        TOKENS.labels(conversation.model, name.removesuffix("_tokens")).inc(getattr(usage, name))
