"""A run's conversation in memory; all of it is in the database too, which counts after a crash."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from common.errors import AppError
from orchestrator.clients.model.protocol import ModelRequest
from orchestrator.db import turns
from orchestrator.db.models import Run
from orchestrator.db.runs import Lease
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.budgets import Limits
from orchestrator.domain.conversation import TOO_LONG, NextStep, build_messages, next_step
from orchestrator.domain.cuts import times_cut
from orchestrator.domain.endings import nudges_before_an_answer
from orchestrator.domain.prompt import system_prompt
from orchestrator.domain.repetition import idle_calls, is_stuck
from orchestrator.domain.tools import tool_schemas
from orchestrator.domain.turns import StoredTurn, Usage, characters_of, estimated_tokens, expected_input
from orchestrator.domain.workspace import Workspace
from orchestrator.usecases.budgets import check_request
from orchestrator.usecases.resources import Resources


@cache
def _before_all(paints: bool, database: bool) -> Usage:
    """What stands before the first message of any conversation, as new as the message itself."""
    manual = json.dumps(tool_schemas(paints=paints, database=database))
    return Usage(output_tokens=estimated_tokens(len(system_prompt(database=database)) + len(manual)))


@dataclass
class Conversation:
    """`ids` and `turns` are its turns so far; `seq` counts the requests sent, also those that were lost.

    `fallbacks` stand in for `model`, in their order. `pictures` are the image blocks of its opening, charged
    as `picture_tokens`. `usage` is the last turn's. `too_long`: the vendor has refused to read it.
    `requested` is the row of a request that has not gone out yet.
    """

    lease: Lease
    model: str
    billing_class: str
    prefix: Sequence[str]
    first_message: str
    workspace: Workspace
    ids: list[str]
    turns: dict[str, StoredTurn]
    usage: Usage
    seq: int
    stop_reason: str | None
    nudges: int
    fallbacks: tuple[str, ...] = ()
    lost: int = 0
    too_long: bool = False
    requested: str | None = None
    pictures: Sequence[dict[str, Any]] = ()
    picture_tokens: int = 0

    @property
    def last(self) -> StoredTurn | None:
        """The newest turn that counts; None before the first."""
        return self.turns[self.ids[-1]] if self.ids else None

    @property
    def cuts(self) -> int:
        """How often the output limit has cut off the last call; see `times_cut`."""
        return times_cut([self.turns[turn_id] for turn_id in self.ids], self.stop_reason)

    def next_step(self, max_turns: int) -> NextStep | Literal["ask", "condense"]:
        """What to do now; see `domain.conversation.next_step`. `condense`: go on in a new conversation."""
        if self.too_long:
            return "condense"
        last = self.last
        if last is None or last.injected is not None:
            return "ask"
        step = next_step(
            last, self.stop_reason, turns=self.seq, max_turns=max_turns, nudges=self.nudges,
            wrote=self.workspace.wrote, answers_after=self.answers_after, stuck=self.is_stuck,
            cuts=self.cuts,
        )  # fmt: skip
        if step == "give_up" and self.stop_reason == TOO_LONG and self.seq < max_turns:
            return "condense"
        return "ask" if step == "run_tools" and not last.open_calls else step

    @property
    def answers_after(self) -> int | None:
        """See `domain.conversation.next_step`."""
        return nudges_before_an_answer(self.workspace.mode, new=self.workspace.new)

    @property
    def is_stuck(self) -> bool:
        """Whether the model goes on in vain although it was told."""
        return is_stuck(idle_calls(self.turns.values()), wrote=self.workspace.wrote)

    def move_to(self, model: str) -> None:
        """Goes on with one of the fallbacks; those before it are passed over."""
        self.fallbacks = self.fallbacks[self.fallbacks.index(model) + 1 :]
        self.model, self.lost = model, 0

    def request(self, max_tokens: int, *, attempts: int) -> ModelRequest:
        """What goes out next: all turns so far, replayed as they were; `max_tokens` bounds the output.

        After so many failed `attempts` a fallback is next, if there is one.
        """
        kept = [self.turns[turn_id] for turn_id in self.ids]
        messages = build_messages(self.first_message, kept, self.prefix, self.pictures)
        return ModelRequest(
            model=self.model, system=system_prompt(database=self.workspace.database),
            tools=tool_schemas(paints=self.workspace.paints, database=self.workspace.database),
            max_tokens=max_tokens, messages=messages, metadata={"user_id": self.lease.app_id},
            attempts=attempts if self.fallbacks else None,
        )  # fmt: skip

    def begin_anew(self, first_message: str, prefix: Sequence[str]) -> None:
        """Goes on without the turns until now."""
        self.first_message, self.prefix = first_message, prefix
        self.ids, self.turns, self.usage = [], {}, Usage()
        self.stop_reason, self.nudges, self.too_long = None, 0, False

    def add(self, turn_id: str, turn: StoredTurn, stop_reason: str | None, usage: Usage) -> None:
        """Takes in a turn that has ended and counts."""
        self.ids.append(turn_id)
        self.turns[turn_id] = turn
        self.stop_reason, self.usage = stop_reason, usage


async def add_request(
    session: AsyncSession, resources: Resources, conversation: Conversation
) -> AppError | None:
    """Notes, in the caller's transaction, the request that goes out next, with what it will probably cost.

    Or returns why it may not go out now, which does not keep the caller from storing what there is.
    """
    last = conversation.last
    if last is None:
        opening = sum(map(len, (*conversation.prefix, conversation.first_message)))
        before = _before_all(conversation.workspace.paints, conversation.workspace.database)
        expected = expected_input(before, opening + characters_of(conversation.picture_tokens))
    else:
        expected = expected_input(conversation.usage, last.answer_characters)
    most = _most(resources, expected)
    cost = resources.pricing.cost(conversation.model, most)
    reserved = await reservation(session, resources, conversation, most, cost)
    if reserved:
        run = await session.get_one(Run, conversation.lease.run_id)
        if (refused := await check_request(session, resources.pricing.caps, run)) is not None:
            return refused
    conversation.requested = turns.add_turn(
        session, run_id=conversation.lease.run_id, seq=conversation.seq + 1, usage=expected,
        billing_class=conversation.billing_class, model=conversation.model, reserved=reserved,
        cost_microdollars=resources.pricing.cost(conversation.model, expected),
    ).id  # fmt: skip
    return None


def _most(resources: Resources, expected: Usage) -> Usage:
    """What the request may use at most: nothing is read from the cache, all is written that may be."""
    tokens = expected.whole_input, resources.limits.max_tokens
    long = tokens[0] if resources.settings.model_cache_ttl == "1h" else 0
    return Usage(cache_write_tokens=tokens[0], cache_write_1h_tokens=long, output_tokens=tokens[1])


async def reservation(
    session: AsyncSession, resources: Resources, conversation: Conversation, most: Usage, cost: int | None
) -> Limits:
    """What a request that uses `most`, which costs so much, may take of its user's budgets.

    Nothing if it is the platform's, or a repair that is free whatever it costs.
    """
    if conversation.billing_class == BillingClass.PLATFORM:
        return Limits()
    if conversation.billing_class == BillingClass.REPAIR:
        spent = await turns.spent_on_repairs(session, conversation.lease.run_id)
        if spent + (cost or 0) <= resources.pricing.free_repairs:
            return Limits()
    return Limits(cost or 0, most.whole_input + most.output_tokens)
