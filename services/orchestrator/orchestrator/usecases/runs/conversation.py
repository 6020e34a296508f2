"""A run's conversation in memory; all of it is in the database too, which counts after a crash."""

import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clients.model.protocol import ModelRequest
from orchestrator.db import turns
from orchestrator.db.runs import Lease
from orchestrator.domain.conversation import SYSTEM_PROMPT, NextStep, build_messages, next_step
from orchestrator.domain.tools import TOOL_SCHEMAS
from orchestrator.domain.turns import StoredTurn, Usage, estimated_tokens, expected_input
from orchestrator.domain.workspace import Workspace
from orchestrator.usecases.resources import Resources

_BEFORE_ALL = Usage(output_tokens=estimated_tokens(len(SYSTEM_PROMPT) + len(json.dumps(TOOL_SCHEMAS))))
"""What stands before the first message of any conversation, as new as the message itself."""


@dataclass
class Conversation:
    """`ids` and `turns` are its turns so far; `seq` counts the requests sent, also those that were lost.

    `usage` is the last turn's. `requested` is the row of a request that has not gone out yet.
    """

    lease: Lease
    model: str
    billing_class: str
    first_message: str
    workspace: Workspace
    ids: list[str]
    turns: dict[str, StoredTurn]
    usage: Usage
    seq: int
    stop_reason: str | None
    nudges: int
    wrote: bool
    lost: int = 0
    requested: str | None = None

    @property
    def last(self) -> StoredTurn | None:
        """The newest turn that counts; None before the first."""
        return self.turns[self.ids[-1]] if self.ids else None

    def next_step(self, max_turns: int) -> NextStep | Literal["ask"]:
        """What to do now; see `domain.conversation.next_step`."""
        last = self.last
        if last is None or last.injected is not None:
            return "ask"
        step = next_step(
            last, self.stop_reason, turns=self.seq, max_turns=max_turns, nudges=self.nudges, wrote=self.wrote
        )
        return "ask" if step == "run_tools" and not last.open_calls else step

    def request(self, max_tokens: int) -> ModelRequest:
        """What goes out next: all turns so far, replayed as they were; `max_tokens` bounds the output."""
        messages = build_messages(self.first_message, [self.turns[turn_id] for turn_id in self.ids])
        return ModelRequest(
            model=self.model, system=SYSTEM_PROMPT, tools=TOOL_SCHEMAS, max_tokens=max_tokens,
            messages=messages, metadata={"user_id": self.lease.app_id},
        )  # fmt: skip

    def add(self, turn_id: str, turn: StoredTurn, stop_reason: str | None, usage: Usage) -> None:
        """Takes in a turn that has ended and counts."""
        self.ids.append(turn_id)
        self.turns[turn_id] = turn
        self.stop_reason, self.usage = stop_reason, usage


def add_request(session: AsyncSession, resources: Resources, conversation: Conversation) -> None:
    """Notes, in the caller's transaction, the request that goes out next, with what it will probably cost."""
    last = conversation.last
    if last is None:
        expected = expected_input(_BEFORE_ALL, len(conversation.first_message))
    else:
        expected = expected_input(conversation.usage, last.answer_characters)
    conversation.requested = turns.add_turn(
        session, run_id=conversation.lease.run_id, seq=conversation.seq + 1, usage=expected,
        billing_class=conversation.billing_class, model=conversation.model,
        cost_microdollars=resources.pricing.cost(conversation.model, expected),
    ).id  # fmt: skip
