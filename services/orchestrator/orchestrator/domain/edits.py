"""line_replace: edits addressed by line number, guarded by a revision and by the text of their ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from orchestrator.domain.lines import Lines, numbered, split_lines
from orchestrator.domain.placeholders import find_placeholder
from orchestrator.domain.text import revision

CONTEXT = 5
_WORD = re.compile(r"\w")
_TELLING = 4  # word characters that tell a line from any other `}`, `);` or `<p>`
_NUMBERED = re.compile(r"^\d+\| ?")


class EditRefused(Exception):
    """The edits cannot be applied; the message is written for the model and shows the current lines."""


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
    def where(self) -> str:
        if self.inserts:
            return f"the insertion before line {self.first_line}"
        if self.first_line == self.last_line:
            return f"the edit of line {self.first_line}"
        return f"the edit of lines {self.first_line}-{self.last_line}"

    def at(self, first_line: int) -> "LineEdit":
        """The same edit, moved."""
        shift = first_line - self.first_line
        return replace(self, first_line=first_line, last_line=self.last_line + shift)


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
    """Apply all edits or none. `log` holds earlier edits of this file, oldest first. Raises EditRefused.

    Numbers that no longer fit are healed only when there is one place the edit can mean: through the log,
    else by its anchors standing in the file exactly once.
    """
    lines = Lines.of(text)
    current = revision(text.encode("utf-8", errors="surrogatepass"))
    if not edits:
        raise EditRefused("`edits` is empty: give at least one edit.")
    for edit in edits:
        _check_form(edit, lines)
    if rev == current:
        placed = [_located(edit, lines) for edit in edits]
    else:
        steps = _steps(rev, current, log)
        placed = [_located_stale(edit, lines, steps, current) for edit in edits]
    placed.sort(key=lambda edit: (edit.first_line, edit.last_line))
    _check_overlaps(placed, lines)
    spans = [(edit.first_line - 1, edit.last_line, split_lines(edit.replace)) for edit in placed]
    for edit, (start, end, new) in zip(placed, spans, strict=True):
        if list(lines.texts[start:end]) == new:
            raise EditRefused(_shown(f"{_capital(edit.where)} changes nothing: leave it out.", edit, lines))
    result = lines.replaced(spans)
    return EditResult(
        text=result,
        rev=revision(result.encode("utf-8", errors="surrogatepass")),
        regions=_regions(spans),
        relocated=sorted(edit.first_line for edit in edits) != [edit.first_line for edit in placed],
    )


def _regions(spans: Sequence[tuple[int, int, Sequence[str]]]) -> tuple[Region, ...]:
    regions, shift = [], 0
    for start, end, new in spans:
        regions.append(Region(start + 1, end - start, start + 1 + shift, len(new)))
        shift += len(new) - (end - start)
    return tuple(regions)


def _check_form(edit: LineEdit, lines: Lines) -> None:
    """What is wrong with an edit wherever it goes."""
    if edit.first_line < 1 or edit.last_line < edit.first_line - 1:
        raise EditRefused(
            f"{_capital(edit.where)} has no valid span: lines count from 1, and last_line is at least "
            f"first_line, or first_line - 1 to insert before first_line."
        )
    if edit.inserts and not edit.replace:
        raise EditRefused(f"{_capital(edit.where)} inserts nothing: `replace` is empty.")
    new = split_lines(edit.replace)
    if len(new) > 1 and all(_NUMBERED.match(line) for line in new):
        raise EditRefused(
            f"`replace` of {edit.where} carries the line numbers of read_file (`12| `): send the text alone."
        )
    placeholder = find_placeholder(new, known=lines.texts)
    if placeholder is not None:
        raise EditRefused(
            f"`replace` of {edit.where} has the placeholder {placeholder.strip()!r} instead of code: it "
            "would be written into the file as it stands. Write the span's full new text, or edit a "
            "smaller span."
        )


def _located(edit: LineEdit, lines: Lines) -> LineEdit:
    """The edit where its anchors fit: in its own place, else in the only other one."""
    fits_here = _fits(edit, lines, edit.first_line)
    if fits_here:
        return edit
    starts = _starts(edit, lines)
    if len(starts) == 1:
        return edit.at(starts[0])
    if fits_here is None:
        raise EditRefused(
            _shown(f"{_capital(edit.where)} is out of range: the file has {len(lines)} lines.", edit, lines)
        )
    raise EditRefused(_mismatch(edit, lines, starts))


def _located_stale(
    edit: LineEdit, lines: Lines, steps: Sequence[LoggedEdit] | None, current: str
) -> LineEdit:
    """Locates an edit made against an older revision.

    Where the log shows that its own lines were touched since, it is not looked for elsewhere: lines that
    read the same would be others.
    """
    moved = _carry(edit, steps) if steps is not None else None
    if moved is not None and _fits(moved, lines, moved.first_line):
        return moved
    telling = len(_WORD.findall(edit.expect_first + (edit.expect_last or ""))) >= _TELLING
    starts = _starts(edit, lines) if moved is not None or (steps is None and telling) else []
    if len(starts) == 1:
        return edit.at(starts[0])
    raise EditRefused(
        _shown(
            f"The file has changed since you read it: its revision is now rev:{current}. "
            f"{_capital(edit.where)} cannot be moved along safely. Read the file again and repeat the edits "
            "with its new numbers.",
            edit,
            lines,
        )
    )


def _steps(rev: str, current: str, log: Sequence[LoggedEdit]) -> list[LoggedEdit] | None:
    """The logged edits that lead from `rev` to `current`, None if the chain is broken."""
    for start in range(len(log) - 1, -1, -1):
        if log[start].rev_before != rev:
            continue
        chain = list(log[start:])
        joined = all(a.rev_after == b.rev_before for a, b in pairwise(chain))
        if joined and chain[-1].rev_after == current:
            return chain
    return None


def _carry(edit: LineEdit, steps: Sequence[LoggedEdit]) -> LineEdit | None:
    """The edit moved along with the lines around it, None if a step touched its own lines."""
    first, last = edit.first_line, edit.last_line
    for step in steps:
        shift = 0
        for region in step.regions:
            region_last = region.old_first + region.old_count - 1
            if region_last < first and not (edit.inserts and region_last == first - 1):
                shift += region.new_count - region.old_count
            elif region.old_first <= max(last, first):
                return None
        first, last = first + shift, last + shift
    return edit.at(first)


def _same(expected: str, actual: str) -> bool:
    return expected.rstrip() == actual.rstrip()


def _fits(edit: LineEdit, lines: Lines, first: int) -> bool | None:
    """Whether the anchors match when the edit begins at line `first`; None when it would leave the file."""
    last = first + edit.last_line - edit.first_line
    if edit.inserts:
        return _gap_fits(edit, lines, first)
    if first < 1 or last > len(lines):
        return None
    if not _same(edit.expect_first, lines.texts[first - 1]):
        return False
    return edit.expect_last is None or _same(edit.expect_last, lines.texts[last - 1])


def _gap_fits(edit: LineEdit, lines: Lines, first: int) -> bool | None:
    if first < 1 or first > len(lines) + 1:
        return None
    after = lines.texts[first - 1] if first <= len(lines) else ""
    before = lines.texts[first - 2] if first > 1 else ""
    if edit.expect_last is not None and not _same(edit.expect_last, before):
        return False
    if _same(edit.expect_first, after):
        return True
    # At the end there is no line to expect: the last one, which the text goes after, is as clear a sign.
    return first == len(lines) + 1 and edit.expect_last is None and _same(edit.expect_first, before)


def _starts(edit: LineEdit, lines: Lines) -> list[int]:
    """Every first line at which the anchors match, if they are strong enough to search for."""
    anchors = [edit.expect_first, edit.expect_last or ""]
    several = edit.last_line > edit.first_line
    if not any(anchor.strip() for anchor in anchors) or (several and edit.expect_last is None):
        return []
    return [first for first in range(1, len(lines) + 2) if _fits(edit, lines, first)]


def _check_overlaps(placed: Sequence[LineEdit], lines: Lines) -> None:
    for one, other in pairwise(placed):
        same_gap = one.inserts and other.inserts and one.first_line == other.first_line
        if same_gap or other.first_line <= one.last_line:
            raise EditRefused(
                _shown(f"{_capital(one.where)} and {other.where} overlap: make them one edit.", other, lines)
            )


def _mismatch(edit: LineEdit, lines: Lines, starts: Sequence[int]) -> str:
    hint = ""
    if _NUMBERED.match(edit.expect_first) or _NUMBERED.match(edit.expect_last or ""):
        hint = " Leave out the line numbers of read_file (`12| `)."
    return _shown(
        f"{_capital(edit.where)} does not fit: the lines there read otherwise than expected. "
        f"{_why_not(edit, starts)}{hint} Nothing was changed; correct the numbers and anchors.",
        edit,
        lines,
    )


def _why_not(edit: LineEdit, starts: Sequence[int]) -> str:
    if len(starts) > 1:
        found = ", ".join(map(str, starts[:8])) + (", …" if len(starts) > 8 else "")
        return (
            f"Its anchors stand in {len(starts)} places (from lines {found}), so which is meant is unclear."
        )
    if edit.last_line > edit.first_line and edit.expect_last is None:
        return "Without expect_last it cannot be looked for elsewhere."
    return "Its anchors stand nowhere in the file."


def _shown(message: str, edit: LineEdit, lines: Lines) -> str:
    if not len(lines):
        return f"{message}\nThe file is empty."
    first = min(max(edit.first_line, 1), len(lines))
    last = min(max(edit.last_line, first), len(lines))
    if last - first > 6 * CONTEXT:  # both ends of a long span say enough
        head = numbered(lines.texts, first - CONTEXT, first + CONTEXT)
        tail = numbered(lines.texts, last - CONTEXT, last + CONTEXT)
        return f"{message}\nThe lines are now:\n{head}\n…\n{tail}"
    return f"{message}\nThe lines are now:\n{numbered(lines.texts, first - CONTEXT, last + CONTEXT)}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
