"""What a conversation that grew too long leaves to the one that goes on in its stead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.domain.recovery import is_recovery_message
from orchestrator.domain.sections import material, section
from orchestrator.domain.todo import listed
from orchestrator.domain.tree import TreeDiff
from orchestrator.domain.turns import StoredTurn

MAX_CONDENSED = 2
_MAX_PATHS = 300
_MAX_CALLS = 100
_MAX_TEXTS = 20
_MAX_LINE = 200
_WHY = (
    "You have worked on this request before, in a conversation that became too long to be read: this is what "
    "is left of it. The files are as you left them, listed above; read those that you go on with."
)


def so_far(
    turns: Sequence[StoredTurn],
    written: TreeDiff,
    *,
    repairing: bool = False,
    todo: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The end of the opening: what the run has done until now, and while `repairing` the errors to repair.

    `turns`: all of the run, oldest first; `written`: how its files differ from those it began with;
    `todo`: its list as it is stored.
    """
    parts = [_WHY]
    for what, paths in (("New", written.added), ("Changed", written.changed), ("Deleted", written.removed)):
        if paths:
            more = f" and {len(paths) - _MAX_PATHS} more" if len(paths) > _MAX_PATHS else ""
            parts.append(f"{what}: {', '.join(paths[:_MAX_PATHS])}{more}")
    parts += _last("Your calls, oldest first:", [one for turn in turns for one in _calls(turn)], _MAX_CALLS)
    parts += _last("What you said:", [one for turn in turns for one in _texts(turn)], _MAX_TEXTS)
    if todo:
        parts += ["Your list:", *listed(todo)]
    parts.append("Do what is still missing, then call finish.")
    told = section("so_far", material("\n".join(parts)))
    errors = [turn.injected for turn in turns if turn.injected and is_recovery_message(turn.injected)]
    return f"{told}\n{errors[-1]}" if repairing and errors else told


def _last(title: str, lines: Sequence[str], most: int) -> list[str]:
    if not lines:
        return []
    left = [f"({len(lines) - most} before these are left out)"] if len(lines) > most else []
    return [title, *left, *lines[-most:]]


def _calls(turn: StoredTurn) -> Iterator[str]:
    for call in turn.tool_uses:
        result = turn.results.get(call.payload["id"])
        named = (call.payload["input"].get(argument) for argument in ("path", "from", "to", "query"))
        what = " ".join([str(call.payload["name"]), *(one for one in named if isinstance(one, str))])
        if result is None:
            yield f"- {_line(what)}: not carried out"
        elif result.is_error:
            yield f"- {_line(what)}: refused: {_line(result.text)}"
        else:
            yield f"- {_line(what)}"


def _texts(turn: StoredTurn) -> Iterator[str]:
    for block in turn.blocks:
        text = str(block.payload.get("text") or "").strip()
        if block.kind == "text" and text:
            yield f"- {_line(text)}"


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}…"
