"""Calls that the output limit cut off in the middle: how often the same one, and what the model is told."""

from collections.abc import Sequence
from dataclasses import replace

from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.partial import ArgumentsReader
from orchestrator.domain.tools import WRITING_TOOLS
from orchestrator.domain.turns import INVALID_JSON, Block, StoredTurn

MAX_CUTS = 3
"""So often the same call may be cut off; then the run ends."""

_CUT = (
    "Your answer reached the output limit, so this call was cut off and nothing of it was done. Send less at "
    "once: one file per call, below about 150 lines."
)
_CUT_AGAIN = (
    "This call was cut off by the output limit for the second time, and nothing of it was done. Do not send "
    "it again as a whole. Create the file with its first part only, a working file below about 150 lines, "
    "and add the rest with line_replace, a part in each turn; or split it into several files. If it is cut "
    "off once more, the work on this request ends."
)


def times_cut(turns: Sequence[StoredTurn], stop_reason: str | None) -> int:
    """How often the last call of the last turn was cut off by the output limit, without success in between.

    0 when the limit (`stop_reason` max_tokens) did not cut a call. Calls of one tool for one file are the
    same.
    """
    if stop_reason != "max_tokens" or not turns or not turns[-1].blocks:
        return 0
    newest = _cut(turns[-1].blocks[-1])
    if newest is None:
        return 0
    count = 0
    for turn in reversed(turns):
        if newest[1] is not None and newest[1] in _written(turn):
            break
        count += any(_cut(block) == newest for block in turn.tool_uses)
    return count


def told_to_split(outcomes: Sequence[ToolOutcome], cuts: int) -> list[ToolOutcome]:
    """The outcomes of a turn whose last call was cut off `cuts` times, with advice for the model."""
    if not cuts or not outcomes:
        return list(outcomes)
    text = _CUT if cuts == 1 else _CUT_AGAIN
    return [*outcomes[:-1], replace(outcomes[-1], text=text)]


def _cut(block: Block) -> tuple[str, str | None] | None:
    """Tool and file of a call whose arguments are not whole."""
    arguments = block.payload.get("input")
    if block.kind != "tool_use" or not isinstance(arguments, dict) or INVALID_JSON not in arguments:
        return None
    reader = ArgumentsReader()
    reader.feed(str(arguments[INVALID_JSON]))
    return str(block.payload.get("name")), reader.path


def _written(turn: StoredTurn) -> set[str]:
    """The files that calls of the turn have changed."""
    found = set()
    for call in turn.tool_uses:
        result, path = turn.results.get(call.payload["id"]), call.payload["input"].get("path")
        succeeded = result is not None and not result.is_error
        if succeeded and call.payload.get("name") in WRITING_TOOLS and isinstance(path, str):
            found.add(path)
    return found
