"""Short requests to a model beside a run's conversation: noted before they go out, and ledgered."""

from contextlib import aclosing
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clients.model.protocol import BlockDone, Effort, ModelRequest, TurnDone, TurnRefused
from orchestrator.db import teams, turns
from orchestrator.db.models import Run, Turn
from orchestrator.db.runs import Lease
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.turns import Block, Usage, estimated_tokens
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.settle import estimated, settle

_MOST_TURNS = 2
"""As many requests of a kind at most for an app: the second after a crash has interrupted the first."""


@dataclass(frozen=True)
class Aside:
    """What is asked, and the `kind` of its turn; `effort` None: as much thought as is set for all."""

    kind: str
    model: str
    system: str
    words: str
    max_tokens: int
    effort: Effort | None = None


@dataclass(frozen=True)
class Answer:
    """All that the model has said."""

    blocks: list[Block]
    done: TurnDone

    @property
    def words(self) -> str:
        """Its text, without what the model has thought."""
        return "".join(str(one.payload.get("text", "")) for one in self.blocks if one.kind == "text")


async def may_ask(session: AsyncSession, resources: Resources, app_id: str, kind: str) -> bool:
    """Whether nobody has asked yet, or a crash has interrupted the first request; that is settled.

    Nor may who has had as many of them as the platform bears for a team in a day.
    """
    asked = await turns.turns_beside(session, app_id, kind)
    crashed = [turn for turn in asked if turn.state in turns.OPEN]
    for turn in crashed:
        await settle(session, resources.outbox, resources.pricing, turn, ours=True)
    if asked and not (crashed and len(asked) < _MOST_TURNS):
        return False
    team = await teams.lock_team_of(session, app_id)
    return await teams.count_aside(session, team.id, per_day=resources.shares.asides) == 0


async def note(session: AsyncSession, resources: Resources, run: Run, aside: Aside) -> str:
    """Notes the request; its id. The platform bears it, so it reserves nothing of any budget."""
    expected = Usage(estimated_tokens(len(aside.system) + len(aside.words)))
    seq = await turns.next_beside(session, run.id)
    return turns.add_turn(
        session, run_id=run.id, seq=seq, kind=aside.kind, billing_class=BillingClass.PLATFORM,
        model=aside.model, usage=expected, cost_microdollars=resources.pricing.cost(aside.model, expected),
    ).id  # fmt: skip


async def ask(resources: Resources, lease: Lease, turn_id: str, aside: Aside) -> Answer | None:
    """What the model says; None if it breaks off. Nobody else is asked when it cannot be.

    Raises ModelUnavailable, ModelCut or ModelRejected; what costs nothing is forgotten.
    """
    request = ModelRequest(
        model=aside.model, system=aside.system, tools=(), max_tokens=aside.max_tokens, effort=aside.effort,
        messages=[{"role": "user", "content": [{"type": "text", "text": aside.words}]}],
        metadata={"user_id": lease.app_id}, attempts=1,
    )  # fmt: skip
    blocks: list[Block] = []
    async with aclosing(resources.model.stream(request)) as stream:
        async for event in stream:
            match event:
                case TurnRefused():
                    await _forget(resources, lease, turn_id)
                case BlockDone():
                    blocks.append(event.block)
                case TurnDone():
                    return Answer(blocks, event)
    return None


async def end(session: AsyncSession, resources: Resources, turn_id: str, answer: Answer) -> Turn:
    """Ledgers what the answer has cost."""
    turn = await session.get_one(Turn, turn_id)
    usage = answer.done.usage or estimated(turn, answer.blocks)
    turns.set_usage(turn, usage, resources.pricing.cost(turn.model, usage))
    turns.end_turn(turn, state="done", stop_reason=answer.done.stop_reason)
    return turn


async def give_up(session: AsyncSession, resources: Resources, turn_id: str) -> None:
    """Ledgers a request that has come to nothing."""
    turn = await session.get(Turn, turn_id)
    if turn is not None and turn.state in turns.OPEN:
        await settle(session, resources.outbox, resources.pricing, turn, ours=True)


async def _forget(resources: Resources, lease: Lease, turn_id: str) -> None:
    async with resources.db.begin() as session:
        await lease.hold(session)
        await turns.remove_turn(session, turn_id)
