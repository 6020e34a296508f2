"""What the tests of line_replace share: a text, and edits of it."""

import pytest

from orchestrator.domain.edits import EditRefused, LineEdit, apply_edits
from orchestrator.domain.text import revision

TEXT = "".join(f"line {number}\n" for number in range(1, 21))


def rev(text: str) -> str:
    return revision(text.encode())


def edit(first: int, last: int, replace: str, *, at: str = TEXT, **changes: str | None) -> LineEdit:
    """An edit whose anchors are what `at` has there."""
    lines = at.splitlines()
    anchors: dict[str, str | None] = {
        "expect_first": lines[first - 1] if first <= len(lines) else "",
        "expect_last": lines[last - 1] if last > first else None,
        **changes,
    }
    return LineEdit(first, last, str(anchors["expect_first"]), replace, anchors["expect_last"])


def apply(text: str, *edits: LineEdit) -> str:
    return apply_edits(text, rev(text), edits).text


def refusal(text: str, *edits: LineEdit, at_rev: str | None = None) -> str:
    with pytest.raises(EditRefused) as refused:
        apply_edits(text, rev(text) if at_rev is None else at_rev, edits)
    return str(refused.value)
