"""An edit addressed by line number, and where in a file its anchors stand."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from orchestrator.domain.lines import Lines

SLACK = 2
"""By so many lines a span may be longer or shorter than its numbers say."""


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Replace lines first..last (from 1, inclusive) by `replace`; last = first - 1 inserts before first.

    `expect_first` is the current text of line first, `expect_last` that of line last. For an insertion
    they are the lines after and before the gap; at the end of the file `expect_first` is empty.
    """

    first_line: int
    last_line: int
    expect_first: str
    replace: str
    expect_last: str | None = None

    @property
    def inserts(self) -> bool:
        return self.last_line == self.first_line - 1

    @property
    def span(self) -> tuple[int, int]:
        return self.first_line, self.last_line

    @property
    def where(self) -> str:
        if self.inserts:
            return f"the insertion before line {self.first_line}"
        if self.first_line == self.last_line:
            return f"the edit of line {self.first_line}"
        return f"the edit of lines {self.first_line}-{self.last_line}"

    def at(self, first_line: int, last_line: int) -> "LineEdit":
        """The same edit of other lines."""
        return replace(self, first_line=first_line, last_line=last_line)


class Anchors:
    """Finds where the anchors of edits stand in a file. Blanks at the ends of a line do not count."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def inside(self, edit: LineEdit) -> bool:
        """Whether the file has the lines that the edit names."""
        return edit.first_line >= 1 and edit.last_line <= len(self._lines)

    def fit(self, edit: LineEdit, *, indented: bool = False) -> bool:
        """Whether the anchors stand at the edit's own lines; `indented`: with their very indentation."""
        if not self.inside(edit):
            return False
        if edit.inserts:
            return self._fit_gap(edit, indented=indented)
        texts = self._lines.texts
        return _same(edit.expect_first, texts[edit.first_line - 1], indented) and (
            edit.expect_last is None or _same(edit.expect_last, texts[edit.last_line - 1], indented)
        )

    def matches(self, edit: LineEdit) -> list[LineEdit]:
        """The edit at every span with its anchors that is as long, give or take SLACK lines.

        Without an anchor for its end a span is looked for in its own length alone, and one whose anchors
        are blank not at all.
        """
        length = edit.last_line - edit.first_line
        fixed = edit.inserts or edit.expect_last is None
        shortest = length if fixed else max(length - SLACK, 0)
        lengths = range(shortest, length + (0 if fixed else SLACK) + 1)
        found = {edit.at(first, first + size) for size in lengths for first in self._starts(edit, size)}
        return sorted((match for match in found if self.fit(match)), key=lambda match: match.span)

    def _starts(self, edit: LineEdit, length: int) -> Iterator[int]:
        """First lines at which the edit may fit: its rarer anchor tells."""
        if edit.expect_first.strip():
            yield from self._numbers[edit.expect_first.strip()]
            if edit.inserts:
                yield len(self._lines) + 1
        elif edit.expect_last is not None and edit.expect_last.strip():
            yield from (number - length for number in self._numbers[edit.expect_last.strip()])

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """The numbers of the lines that have a text."""
        numbers: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._lines.texts, start=1):
            numbers[text.strip()].append(number)
        return numbers

    def _fit_gap(self, edit: LineEdit, *, indented: bool) -> bool:
        texts, first = self._lines.texts, edit.first_line
        after = texts[first - 1] if first <= len(texts) else ""
        before = texts[first - 2] if first > 1 else ""
        if edit.expect_last is not None and not _same(edit.expect_last, before, indented):
            return False
        if _same(edit.expect_first, after, indented):
            return True
        # At the end there is no line to expect: the last one, which the text goes after, is as clear a sign.
        at_end = first == len(texts) + 1 and edit.expect_last is None
        return at_end and _same(edit.expect_first, before, indented)


def _same(expected: str, actual: str, indented: bool) -> bool:
    return expected.rstrip() == actual.rstrip() if indented else expected.strip() == actual.strip()
