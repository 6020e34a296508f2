"""The conversation with the model: how it opens, how it is replayed, and what to do after a turn."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from orchestrator.domain.turns import StoredTurn
from common.errors import AppError

NextStep = Literal["run_tools", "nudge", "finished", "give_up"]
MAX_NUDGES = 2
SYSTEM_PROMPT = ""


def first_message(
    app_id: str,
    name: str,
    template: str,
    tree_lines: Mapping[str, int | None],
    request: str,
    locked: Sequence[str] = (),
) -> str:
    """The opening of a conversation. `tree_lines`: path -> number of lines, None for binary files
    (`text.line_count`); `template`: name@version; `locked`: the template's globs."""
    raise NotImplementedError


def build_messages(first: str, turns: Sequence[StoredTurn]) -> list[dict[str, Any]]:
    """The messages of the next request: append-only from turn to turn, roles alternating."""
    raise NotImplementedError


def next_step(
    turn: StoredTurn,
    stop_reason: str | None,
    *,
    turns: int,
    max_turns: int,
    nudges: int,
    wrote: bool,
) -> NextStep:
    """What to do after a turn.

    `turns` counts the turns of this run including this one, `nudges` those already given, `wrote` tells
    whether the run has changed a file. `run_tools`: answer the calls that have no result yet, then ask again.
    `nudge`: inject `nudge_text(stop_reason)` and ask again. `finished`: go on to the build.
    `give_up`: fail the run with `failure(...)`. Ask again after the tools ran: a `finish` that was
    answered without error makes it `finished`.
    """
    raise NotImplementedError


def nudge_text(stop_reason: str | None) -> str:
    """What to tell a model that stopped without finishing."""
    raise NotImplementedError


def failure(stop_reason: str | None, *, turns: int, max_turns: int) -> AppError:
    """Why a run ends after `give_up`: ModelRefused, TurnLimitReached or ModelGaveUp."""
    raise NotImplementedError
