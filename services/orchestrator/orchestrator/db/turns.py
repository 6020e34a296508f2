"""Turns of the model: stored block by block, and read back as the conversation they were."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, cast

from sqlalchemy import Select, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from common.clock import utcnow
from common.ids import new_id
from orchestrator.db.models import Blob, Run, ToolResult, Turn, TurnBlock, UsageTotal
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.budgets import Limits
from orchestrator.domain.turns import Block, StoredTurn, Usage
from orchestrator.domain.turns import ToolResult as StoredResult

CONVERSATION, NAMING, CHOICE, PICTURE = "conversation", "naming", "choice", "picture"
"""The kinds of turns: of a run's conversation, and beside it, for the app's name and logo, for the template
that it begins with, for a picture."""
USAGE_FIELDS = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
    "reasoning_tokens",
)  # fmt: skip


_NOTHING = Limits()

OPEN = frozenset({"requested", "started"})
"""The states of a turn on its way. `requested`: the vendor may not have read it, its input is estimated."""


def add_turn(
    session: AsyncSession, *, run_id: str, seq: int, billing_class: str, model: str, usage: Usage,
    cost_microdollars: int | None, reserved: Limits = _NOTHING, kind: str = CONVERSATION,
    for_call: str | None = None,
) -> Turn:  # fmt: skip
    """Notes a request that is about to go out; `reserved`: what it may cost its user at most."""
    turn = Turn(
        id=new_id("turn"), run_id=run_id, seq=seq, kind=kind, state="requested", billing_class=billing_class,
        model=model, for_call=for_call,
        reserved_microdollars=reserved.microdollars or 0, reserved_tokens=reserved.tokens or 0,
    )  # fmt: skip
    set_usage(turn, usage, cost_microdollars)
    session.add(turn)
    return turn


def start_turn(turn: Turn, request_id: str | None) -> bool:
    """The vendor has read the request; False when that was known."""
    if turn.state != "requested":
        return False
    turn.state, turn.request_id = "started", request_id
    return True


async def remove_turn(session: AsyncSession, turn_id: str) -> None:
    await session.execute(delete(Turn).where(Turn.id == turn_id))


async def open_turns(session: AsyncSession, run_id: str) -> list[Turn]:
    """The run's turns on their way, of which there is one of each kind at most."""
    return list(await session.scalars(select(Turn).where(Turn.run_id == run_id, Turn.state.in_(OPEN))))


def set_usage(turn: Turn, usage: Usage, cost_microdollars: int | None) -> None:
    for field in USAGE_FIELDS:
        setattr(turn, field, getattr(usage, field))
    turn.cost_microdollars = cost_microdollars


def usage_of(turn: Turn) -> Usage:
    return Usage(**{field: getattr(turn, field) for field in USAGE_FIELDS})


def end_turn(turn: Turn, *, state: str, stop_reason: str | None) -> None:
    """`state`: done, cut (the stream broke, its whole blocks count) or lost (nothing of it can be used)."""
    turn.state = state
    turn.stop_reason = stop_reason
    turn.finished_at = utcnow()


def add_block(session: AsyncSession, turn_id: str, index: int, block: Block) -> None:
    session.add(TurnBlock(turn_id=turn_id, index=index, kind=block.kind, payload=block.payload))


async def turns_of(session: AsyncSession, run_id: str) -> list[Turn]:
    """Those of the run's conversation, in order."""
    query = select(Turn).where(Turn.run_id == run_id, Turn.kind == CONVERSATION)
    return list(await session.scalars(query.order_by(Turn.seq)))


async def turns_beside(session: AsyncSession, app_id: str, kind: str) -> list[Turn]:
    """The app's requests of that kind, of all its runs."""
    query = select(Turn).join(Run, Run.id == Turn.run_id)
    return list(await session.scalars(query.where(Run.app_id == app_id, Turn.kind == kind)))


async def picture_turns(session: AsyncSession, run_id: str) -> list[Turn]:
    """The run's requests for pictures."""
    return list(await session.scalars(select(Turn).where(Turn.run_id == run_id, Turn.kind == PICTURE)))


async def next_beside(session: AsyncSession, run_id: str) -> int:
    """The `seq` of the run's next turn that is not of its conversation."""
    lowest = select(func.least(func.min(Turn.seq), 0)).where(Turn.run_id == run_id)
    return int(await session.scalar(lowest) or 0) - 1


async def successes_of(session: AsyncSession, run_id: str, tool: str) -> int:
    """How many of the run's calls of the tool have done what they should."""
    query = select(func.count()).select_from(ToolResult).join(Turn, Turn.id == ToolResult.turn_id)
    of_tool = ToolResult.tool == tool, ~ToolResult.is_error
    return int(await session.scalar(query.where(Turn.run_id == run_id, *of_tool)) or 0)


async def conversation_of(session: AsyncSession, turns: list[Turn]) -> dict[str, StoredTurn]:
    """The blocks and results of these turns, by turn id."""
    ids = [turn.id for turn in turns]
    blocks: dict[str, list[Block]] = defaultdict(list)
    query = select(TurnBlock).where(TurnBlock.turn_id.in_(ids)).order_by(TurnBlock.turn_id, TurnBlock.index)
    for row in await session.scalars(query):
        blocks[row.turn_id].append(Block(row.kind, row.payload))  # type: ignore[arg-type]
    results: dict[str, dict[str, StoredResult]] = defaultdict(dict)
    for result, picture in await session.execute(_results(ids)):
        results[result.turn_id][result.tool_use_id] = StoredResult(result.text, result.is_error, picture)
    return {turn.id: StoredTurn(blocks[turn.id], results[turn.id], turn.injected) for turn in turns}


def _results(turn_ids: Collection[str]) -> Select[ToolResult, bytes | None]:
    """With the pictures that are still there."""
    query = select(ToolResult, cast(InstrumentedAttribute[bytes | None], Blob.content))
    query = query.join(Turn, Turn.id == ToolResult.turn_id).join(Run, Run.id == Turn.run_id)
    shown = and_(Blob.app_id == Run.app_id, Blob.digest == ToolResult.picture)
    return query.outerjoin(Blob, shown).where(ToolResult.turn_id.in_(turn_ids))


async def edits_of(session: AsyncSession, turn_ids: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the calls of these turns changed in which lines, by turn and call; see `ToolResult.edits`."""
    query = select(ToolResult.turn_id, ToolResult.tool_use_id, ToolResult.edits)
    query = query.where(ToolResult.turn_id.in_(list(turn_ids)), ToolResult.edits.is_not(None))
    return {(turn, call): edits or {} for turn, call, edits in await session.execute(query)}


async def last_turn(session: AsyncSession, run_id: str) -> Turn | None:
    """The newest turn that is part of the conversation."""
    query = (
        select(Turn)
        .where(Turn.run_id == run_id, Turn.kind == CONVERSATION, Turn.state.in_(("done", "cut")))
        .order_by(Turn.seq.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def bill_repair(session: AsyncSession, turn: Turn, free: int) -> None:
    """Makes a turn of a repair the user's if it does not fit into what is free of its run's repairs.

    Call it whenever the turn's cost is final, in the same transaction, which has locked the run. A repair
    whose price is unknown takes nothing of what is free.
    """
    if turn.billing_class != BillingClass.REPAIR:
        return
    if await spent_on_repairs(session, turn.run_id, but=turn.id) + (turn.cost_microdollars or 0) > free:
        turn.billing_class = BillingClass.USER


async def spent_on_repairs(session: AsyncSession, run_id: str, *, but: str = "") -> int:
    """What the run's free repairs have cost, that turn left out."""
    repairs = select(func.coalesce(func.sum(Turn.cost_microdollars), 0)).where(
        Turn.run_id == run_id, Turn.billing_class == BillingClass.REPAIR, Turn.id != but
    )
    return int(await session.scalar(repairs) or 0)


async def seconds_at_work(session: AsyncSession, run_id: str) -> float:
    """How long the model has put out the run's turns, those without use left out."""
    seconds = func.extract("epoch", func.coalesce(Turn.finished_at, func.now()) - Turn.started_at)
    of_use = Turn.run_id == run_id, Turn.seq > 0, Turn.state.not_in(("requested", "lost"))
    return float(await session.scalar(select(func.sum(seconds)).where(*of_use)) or 0.0)


async def bill_to_platform(session: AsyncSession, run_id: str) -> None:
    """Makes all turns of a run the platform's own, which no user pays for."""
    turns = update(Turn).where(Turn.run_id == run_id)
    await session.execute(turns.values(billing_class=BillingClass.PLATFORM))


async def usage_by_version(session: AsyncSession, app_id: str) -> list[dict[str, Any]]:
    """Tokens and cost of an app's turns, by version and billing class; version None: runs that made none."""
    sums = [func.sum(getattr(Turn, field)).label(field) for field in USAGE_FIELDS]
    query = (
        select(Run.version, Turn.billing_class, Turn.model, func.count().label("turns"), *sums,
               func.sum(Turn.cost_microdollars).label("cost_microdollars"))
        .join(Run, Run.id == Turn.run_id)
        .where(Run.app_id == app_id)
        .group_by(Run.version, Turn.billing_class, Turn.model)
        .order_by(Run.version, Turn.billing_class, Turn.model)
    )  # fmt: skip
    return [_plain(row) for row in (await session.execute(query)).mappings()]


async def usage_by_app(session: AsyncSession, team_id: str) -> list[dict[str, Any]]:
    """Tokens and cost of a team's turns, by app and billing class."""
    sums = [getattr(UsageTotal, field) for field in ("turns", *USAGE_FIELDS, "cost_microdollars")]
    key = (UsageTotal.app_id, UsageTotal.billing_class, UsageTotal.model)
    query = select(*key, *sums).where(UsageTotal.team_id == team_id, UsageTotal.turns > 0).order_by(*key)
    return [dict(row) for row in (await session.execute(query)).mappings()]


def _plain(row: Any) -> dict[str, Any]:
    """Sums of integers come back as decimals."""
    text = {"billing_class", "model", "app_id"}
    return {key: value if key in text or value is None else int(value) for key, value in row.items()}
