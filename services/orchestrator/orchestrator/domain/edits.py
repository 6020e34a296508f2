"""line_replace: edits addressed by line number, guarded by a revision and by the text of their ends."""

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Any

from orchestrator.domain.line_edit import Anchors, LineEdit
from orchestrator.domain.lines import Lines, numbered, split_lines
from orchestrator.domain.placeholders import find_placeholder
from orchestrator.domain.text import revision

__all__ = [
    "CONTEXT",
    "EditRefused",
    "EditResult",
    "LineEdit",
    "LoggedEdit",
    "Region",
    "apply_edits",
    "spoken",
]

CONTEXT = 5
Span = tuple[int, int]
"""The first and the last line, from 1, inclusive."""
_WORD = re.compile(r"\w")
_TELLING = 4  # word characters that tell a line from any other `}`, `);` or `<p>`
_NUMBERED = re.compile(r"^\d+\| ?")


class EditRefused(Exception):
    """The edits cannot be applied; the message is written for the model and shows the current lines."""


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

    def to_json(self) -> list[Any]:
        return [self.rev_before, self.rev_after, [list(astuple(region)) for region in self.regions]]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> "LoggedEdit":
        """What `to_json` gave."""
        before, after, regions = data
        return cls(before, after, tuple(Region(*region) for region in regions))


@dataclass(frozen=True, slots=True)
class EditResult:
    """The new text, its revision, and what changed where.

    `moved`: the spans of the edits that were applied to other lines than they named, and those lines.
    """

    text: str
    rev: str
    regions: tuple[Region, ...]
    moved: tuple[tuple[Span, Span], ...] = ()


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
    anchors = Anchors(lines)
    if rev == current:
        found = [_located(edit, lines, anchors) for edit in edits]
    else:
        steps = _steps(rev, current, log)
        found = [_located_stale(edit, lines, anchors, steps, current) for edit in edits]
    placed = sorted(found, key=lambda edit: edit.span)
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
        moved=tuple(
            (edit.span, match.span)
            for edit, match in zip(edits, found, strict=True)
            if edit.span != match.span
        ),
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
    if edit.last_line > edit.first_line and edit.expect_last is None:
        raise EditRefused(
            _shown(
                f"{_capital(edit.where)} has no expect_last, which guards against a span that is too long or "
                f"too short: give the text of line {edit.last_line}.",
                edit,
                lines,
            )
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


def _located(edit: LineEdit, lines: Lines, anchors: Anchors) -> LineEdit:
    """The edit where its anchors fit: at its own lines, else in the only other place that can be meant."""
    if anchors.fit(edit, indented=True):
        return edit
    matches = anchors.matches(edit)
    if anchors.fit(edit):
        if not any(anchors.fit(match, indented=True) for match in matches):
            return edit
    elif len(matches) == 1:
        return matches[0]
    if not anchors.inside(edit) and not matches:
        raise EditRefused(
            _shown(f"{_capital(edit.where)} is out of range: the file has {len(lines)} lines.", edit, lines)
        )
    raise EditRefused(_mismatch(edit, lines, matches))


def _length(edit: LineEdit) -> int:
    return edit.last_line - edit.first_line


def _located_stale(
    edit: LineEdit, lines: Lines, anchors: Anchors, steps: Sequence[LoggedEdit] | None, current: str
) -> LineEdit:
    """Locates an edit made against an older revision.

    Where the log shows where its lines are now, or that they were touched since, it is not looked for
    elsewhere: lines that read the same would be others. Without a log its numbers tell nothing, so its length
    has to fit.
    """
    carried = _carry(edit, steps) if steps is not None else None
    if carried is not None and anchors.fit(carried):
        return carried
    if steps is None and len(_WORD.findall(edit.expect_first + (edit.expect_last or ""))) >= _TELLING:
        matches = anchors.matches(edit)
        if len(matches) == 1 and _length(matches[0]) == _length(edit):
            return matches[0]
    raise EditRefused(
        _shown(
            f"The file has changed since you read it: its revision is now rev:{current}. "
            f"{_capital(edit.where)} cannot be moved along safely. Read the file again and repeat the edits "
            "with its new numbers.",
            carried or edit,
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
    return edit.at(first, last)


def _check_overlaps(placed: Sequence[LineEdit], lines: Lines) -> None:
    for one, other in pairwise(placed):
        same_gap = one.inserts and other.inserts and one.first_line == other.first_line
        if same_gap or other.first_line <= one.last_line:
            raise EditRefused(
                _shown(f"{_capital(one.where)} and {other.where} overlap: make them one edit.", other, lines)
            )


def _mismatch(edit: LineEdit, lines: Lines, matches: Sequence[LineEdit]) -> str:
    hint = ""
    if _NUMBERED.match(edit.expect_first) or _NUMBERED.match(edit.expect_last or ""):
        hint = " Leave out the line numbers of read_file (`12| `)."
    return _shown(
        f"{_capital(edit.where)} does not fit: the lines there read otherwise than expected. "
        f"{_why_not(edit, matches)}{hint} Nothing was changed; correct the numbers and anchors.",
        edit,
        lines,
    )


def _why_not(edit: LineEdit, matches: Sequence[LineEdit]) -> str:
    if not (edit.expect_first.strip() or (edit.expect_last or "").strip()):
        return "Blank anchors fit nowhere else for sure."
    if not matches:
        return "Its anchors stand nowhere in the file."
    found = ", ".join(spoken(match.span) for match in matches[:8]) + (", …" if len(matches) > 8 else "")
    return f"Its anchors stand in {len(matches)} places (lines {found}), so which is meant is unclear."


def spoken(span: Span) -> str:
    """A span as people write it; that of an insertion by the line it goes before."""
    first, last = span
    return str(first) if last <= first else f"{first}-{last}"


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
