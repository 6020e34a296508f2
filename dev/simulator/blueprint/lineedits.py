"""From two versions of a file to line_replace edits, and a change carried over to a third version."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

MAX_CHANGED_SHARE = 0.6  # above it a rewrite is shorter


def line_edits(old: Sequence[str], new: Sequence[str]) -> list[dict[str, Any]]:
    """Every edit replaces at least one line: no insertion, whose anchor could be read in two ways."""
    return [
        _edit(old, new, _widened(old, new, code))
        for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if code[0] != "equal"
    ]


def changes_little(old: Sequence[str], new: Sequence[str]) -> bool:
    kept = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return len(old) - kept <= MAX_CHANGED_SHARE * len(old)


def carried_over(current: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[str] | None:
    """The change from `before` to `after`, applied to `current`; None where it does not fit."""
    positions = _positions(before, current)
    result = list(current)
    for code in reversed(SequenceMatcher(None, before, after, autojunk=False).get_opcodes()):
        if code[0] == "equal":
            continue
        _, start, end, new_start, new_end = _widened(before, after, code)
        spots = [positions.get(index) for index in range(start, end)]
        first = spots[0]
        if first is None or spots != list(range(first, first + end - start)):
            return None
        result[first : first + end - start] = after[new_start:new_end]
    return result


def _positions(before: Sequence[str], current: Sequence[str]) -> dict[int, int]:
    matcher = SequenceMatcher(None, before, current, autojunk=False)
    return {block.a + i: block.b + i for block in matcher.get_matching_blocks() for i in range(block.size)}


_Code = tuple[str, int, int, int, int]


def _widened(old: Sequence[str], new: Sequence[str], code: _Code) -> _Code:
    """A span without old lines, or without new ones, takes a neighbour along that stays as it is."""
    tag, start, end, new_start, new_end = code
    if start < end and new_start < new_end:
        return code
    if start > 0 and new_start > 0:
        return tag, start - 1, end, new_start - 1, new_end
    return tag, start, min(end + 1, len(old)), new_start, min(new_end + 1, len(new))


def _edit(old: Sequence[str], new: Sequence[str], code: _Code) -> dict[str, Any]:
    _, start, end, new_start, new_end = code
    edit: dict[str, Any] = {
        "first_line": start + 1,
        "last_line": end,
        "expect_first": old[start] if old else "",
    }
    if end - start > 1:
        edit["expect_last"] = old[end - 1]
    return edit | {"replace": "\n".join(new[new_start:new_end])}
