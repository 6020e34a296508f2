"""line_replace: edits addressed by line number, guarded by a revision and by the text of their ends."""

from collections.abc import Sequence
from dataclasses import dataclass


class EditRefused(Exception):
    """The edits cannot be applied; the message is written for the model and shows the current lines."""


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Replace lines first..last (from 1, inclusive); last = first - 1 inserts before first."""

    first_line: int
    last_line: int
    expect_first: str
    replace: str
    expect_last: str | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """`old_count` lines from `old_first` became `new_count` lines from `new_first` (from 1)."""

    old_first: int
    old_count: int
    new_first: int
    new_count: int


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """One applied set of edits, kept so that later edits made against `rev_before` can be moved along."""

    rev_before: str
    rev_after: str
    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class EditResult:
    """The new text, its revision, and what changed where."""

    text: str
    rev: str
    regions: tuple[Region, ...]
    relocated: bool = False


def apply_edits(text: str, rev: str, edits: Sequence[LineEdit], log: Sequence[LoggedEdit] = ()) -> EditResult:
    """Apply all edits or none. `log` holds earlier edits of this file, oldest first. Raises EditRefused."""
    raise NotImplementedError
