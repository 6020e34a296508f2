"""One turn of the model: noted before it is asked for, and stored block by block while it streams in."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import MessageDeltaEvent
from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    ModelEvent,
    TurnDone,
    TurnRefused,
    TurnRequested,
    TurnStarted,
)
from orchestrator.db import events, turns
from orchestrator.db.models import Run, Turn
from orchestrator.domain.text import storable
from orchestrator.domain.turns import Block, StoredTurn, Usage
from orchestrator.metrics import TOKENS, TURNS
from orchestrator.usecases.budgets import tell_thresholds
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation, add_request
from orchestrator.usecases.runs.live import LiveEvents
from orchestrator.usecases.runs.settle import estimated, settle


class TurnRecorder:
    """Stores one turn while it streams in; `close` must be called, it ends its storing.

    A block is stored while those after it are written, the last ones together with the turn's end.
    """

    def __init__(self, resources: Resources, conversation: Conversation) -> None:
        self._resources = resources
        self._conversation = conversation
        self._live = LiveEvents(resources, conversation.lease)
        self._turn_id: str | None = None
        self._started: TurnStarted | None = None
        self._blocks: list[Block] = []
        self._unsaved: list[BlockDone] = []
        self._saving: asyncio.Task[None] | None = None

    async def record(self, event: ModelEvent) -> None:
        """Stores what the event brings and shows it to the app's followers; raises LeaseLost."""
        match event:
            case TurnRequested():
                await self._request()
            case TurnRefused():
                await self._withdraw()
            case TurnStarted():
                self._started = event
            case BlockStarted():
                await self._save_meanwhile()
            case BlockDone():
                self._blocks.append(event.block)
                self._unsaved.append(event)
            case TurnDone():
                await self._finish(event)
        await self._live.show(event)

    async def settle(self) -> bool:
        """Ends a turn that broke; whether what there is of it can be used."""
        if self._turn_id is None:
            return False
        await self._saved()
        async with self._resources.db.begin() as session:
            turn = await self._write(session, self._unsaved)
            usage = await settle(session, self._resources.outbox, self._resources.pricing, turn)
        if turn.state == "cut":
            self._conversation.add(turn.id, StoredTurn(tuple(self._blocks)), "tool_use", usage)
        self._forget()
        return turn.state == "cut"

    async def close(self) -> None:
        """Gives up what is just being stored; harmless when there is nothing."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)

    async def _request(self) -> None:
        """Sees to it that the request has its row before it goes out."""
        await self.settle()
        conversation = self._conversation
        if conversation.requested is None:
            async with self._resources.db.begin() as session:
                await conversation.lease.hold(session)
                refused = await add_request(session, self._resources, conversation)
            if refused is not None:
                raise refused
        self._turn_id, conversation.requested = conversation.requested, None
        conversation.seq += 1

    async def _withdraw(self) -> None:
        """Forgets a request that costs nothing."""
        await self._saved()
        async with self._resources.db.begin() as session:
            await self._conversation.lease.hold(session)
            await turns.remove_turn(session, self._id)
        self._conversation.seq -= 1
        self._forget()

    async def _save_meanwhile(self) -> None:
        """Begins to store what there is, unless that is being done; raises what went wrong with it before."""
        if self._saving is not None and self._saving.done():
            await self._saved()
        if self._unsaved and self._saving is None:
            self._saving = asyncio.create_task(self._save())

    async def _saved(self) -> None:
        """Until nothing is being stored."""
        if self._saving is not None:
            await self._saving
            self._saving = None

    async def _save(self) -> None:
        blocks = list(self._unsaved)
        async with self._resources.db.begin() as session:
            await self._write(session, blocks)
        del self._unsaved[: len(blocks)]

    async def _finish(self, event: TurnDone) -> None:
        conversation = self._conversation
        await self._saved()
        async with self._resources.db.begin() as session:
            turn = await self._write(session, self._unsaved)
            usage = event.usage or estimated(turn, self._blocks)
            turns.set_usage(turn, usage, self._resources.pricing.cost(turn.model, usage))
            await turns.bill_repair(session, turn, self._resources.pricing.free_repairs)
            turns.end_turn(turn, state="done", stop_reason=event.stop_reason)
            run = await session.get_one(Run, turn.run_id)
            await tell_thresholds(session, self._resources.outbox, self._resources.pricing.caps, run)
        conversation.add(self._id, StoredTurn(tuple(self._blocks)), event.stop_reason, usage)
        self._forget()
        _count(turn, usage)

    async def _write(self, session: AsyncSession, blocks: Sequence[BlockDone]) -> Turn:
        """Stores these blocks and how the turn stands, in the caller's transaction."""
        lease = self._conversation.lease
        await lease.hold(session)
        turn = await session.get_one(Turn, self._id)
        started = self._started
        if started is not None and turns.start_turn(turn, started.request_id) and started.usage is not None:
            cost = self._resources.pricing.cost(turn.model, started.usage)
            turns.set_usage(turn, started.usage, cost)
        for done in blocks:
            turns.add_block(session, turn.id, done.index, done.block)
            text = done.block.payload.get("text") if done.block.kind == "text" else None
            if text:
                final = MessageDeltaEvent(run_id=lease.run_id, text=storable(text), final=True)
                await events.append(session, lease.app_id, final)
        await session.flush()
        return turn

    def _forget(self) -> None:
        self._turn_id, self._started = None, None
        self._blocks, self._unsaved = [], []

    @property
    def _id(self) -> str:
        assert self._turn_id is not None  # noqa: S101  # the protocol begins every turn with TurnRequested
        return self._turn_id


def _count(turn: Turn, usage: Usage) -> None:
    TURNS.labels(turn.model, turn.billing_class, "done").inc()
    for name in turns.USAGE_FIELDS:
        TOKENS.labels(turn.model, name.removesuffix("_tokens")).inc(getattr(usage, name))
