"""Settling: what a turn that broke off has cost, and whether what there is of it counts."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from common.logging import get_logger
from common.messaging.outbox import Outbox
from orchestrator.clients.model.pricing import Pricing
from orchestrator.db import turns
from orchestrator.db.models import Run, Turn
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.turns import Block, Usage, estimated_tokens
from orchestrator.metrics import TURNS
from orchestrator.usecases.budgets import tell_thresholds

logger = get_logger(__name__)


async def settle(
    session: AsyncSession, outbox: Outbox, pricing: Pricing, turn: Turn, *, ours: bool = False
) -> Usage:
    """Ends a turn whose stream broke: with its whole tool calls it counts, without any it is lost.

    What it had put out so far is not known from the vendor, so the output is estimated from its blocks. Of
    one that had not begun, neither is the input: it stays as estimated, since the vendor may have read it.
    `ours`: it broke off because a process of ours ended, so that the platform bears it when it is lost.
    """
    stored = (await turns.conversation_of(session, [turn]))[turn.id]
    usage = estimated(turn, stored.blocks)
    picture = turn.kind == turns.PICTURE
    turns.set_usage(turn, usage, pricing.cost(turn.model, usage, picture=picture))
    await turns.bill_repair(session, turn, pricing.free_repairs)
    state = "cut" if stored.tool_uses else "lost"
    if ours and state == "lost":
        turn.billing_class = BillingClass.PLATFORM
    turns.end_turn(turn, state=state, stop_reason="tool_use" if state == "cut" else None)
    await tell_thresholds(session, outbox, pricing.caps, await session.get_one(Run, turn.run_id))
    TURNS.labels(turn.model, turn.billing_class, state).inc()
    logger.warning("model turn interrupted", turn_id=turn.id, outcome=state)
    return usage


def estimated(turn: Turn, blocks: Sequence[Block]) -> Usage:
    """What a turn with these blocks has used, as far as the vendor has not told."""
    usage = turns.usage_of(turn)
    written = estimated_tokens(sum(len(str(block.payload)) for block in blocks))
    return replace(usage, output_tokens=max(usage.output_tokens, written))


async def settle_open_turns(session: AsyncSession, outbox: Outbox, pricing: Pricing, run_id: str) -> None:
    """Ends the turns that are on their way of a run that is no longer worked on."""
    for turn in await turns.open_turns(session, run_id):
        await settle(session, outbox, pricing, turn)
