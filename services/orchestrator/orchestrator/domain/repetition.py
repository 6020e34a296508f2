"""Calls that lead nowhere, told from the stored turns, so that a restart forgets none."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.domain.build_note import is_note
from orchestrator.domain.tools import WRITING_TOOLS
from orchestrator.domain.turns import Block, StoredTurn

MAX_EQUAL_CALLS = 3
"""The third equal call in vain is refused with a warning, the one after it ends the run."""
MAX_EMPTY_FINISHES = 2

_ALL_ALIKE = frozenset({"finish", "todo"})

REPEATED = (
    "You have made this very call three times, and no file has changed since: it was not carried out again "
    "and would answer the same. Do something else, or call finish. Once more, and the work on this request "
    "ends."
)


def idle_calls(turns: Iterable[StoredTurn]) -> Counter[str]:
    """How often each call was made in vain since files last changed or something new was said to the model.

    In vain is what was refused, and what only shows what it has shown before. All refused calls of `finish`
    are one, and so are those of `todo` in turns that do nothing else, until another does.
    """
    idle: Counter[str] = Counter()
    for turn in turns:
        beside = any(call.payload["name"] != "todo" for call in turn.tool_uses)
        if beside:
            del idle["todo"]
        for call in turn.tool_uses:
            if beside and call.payload["name"] == "todo":
                continue
            result = turn.results.get(call.payload["id"])
            if result is None:
                continue
            name = call.payload["name"]
            if result.is_error or name not in WRITING_TOOLS | {"finish"}:
                idle[_key_of(call)] += 1
            elif name in WRITING_TOOLS:
                idle.clear()
        if turn.injected is not None and not is_note(turn.injected):
            idle.clear()
    return idle


def call_key(call: Mapping[str, Any]) -> str:
    """Equal for calls that are the same."""
    return _key_of(Block("tool_use", dict(call)))


def _key_of(call: Block) -> str:
    name = str(call.payload["name"])
    return name if name in _ALL_ALIKE else f"{name} {call.arguments}"


def is_stuck(idle: Counter[str], *, wrote: bool) -> bool:
    """Whether the model has gone on in vain although it was told."""
    finishes = idle["finish"]
    others = max((count for key, count in idle.items() if key != "finish"), default=0)
    return others > MAX_EQUAL_CALLS or (not wrote and finishes >= MAX_EMPTY_FINISHES)
