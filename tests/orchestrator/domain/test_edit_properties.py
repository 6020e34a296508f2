"""line_replace against a naive model of it: never a wrong line, never a part of what was asked.

Every line of a file carries a number that the engine cannot see: a line is what the model read, its identity
is the test's. Whatever is applied has to have replaced exactly the lines that were meant.
"""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.domain.edits import EditRefused, LineEdit, LoggedEdit, apply_edits
from orchestrator.domain.text import revision

EXAMPLES = settings(max_examples=150, deadline=None, derandomize=True)
"""The same examples on every machine, however slow it is."""
TEXTS = ("}", "  }", "    }", "a();", "  a();", "<p>", "</p>", "", "return one;", "const two = 2;")
NEW = ("x1", "  x2", "}", "a();", "return one;")


@dataclass(frozen=True)
class Line:
    """A line and who it is: two lines that read alike are still two."""

    text: str
    identity: int


@dataclass(frozen=True)
class Meant:
    """The lines that an edit is to replace, by their indexes when it was thought of; none: before `first`."""

    first: int
    count: int
    new: tuple[str, ...]


class File:
    """A file of lines with identities, changed the naive way: from the last edit to the first."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._next = 1_000_000

    @property
    def text(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def rev(self) -> str:
        return revision(self.text.encode())

    def changed(self, edits: list[Meant]) -> "File":
        lines = list(self.lines)
        for edit in sorted(edits, key=lambda edit: (edit.first, edit.count), reverse=True):
            new = [Line(text, self._name()) for text in edit.new]
            lines[edit.first : edit.first + edit.count] = new
        result = File(lines)
        result._next = self._next
        return result

    def _name(self) -> int:
        self._next += 1
        return self._next


def line_edit(
    file: File, meant: Meant, *, indent: str | None = None, late: int = 0, off: int = 0
) -> LineEdit:
    """What a model sends for it: its anchors have this `indent`, its end is `late`, all of it is `off`."""
    texts = [line.text for line in file.lines]
    first, last = meant.first, meant.first + meant.count - 1
    anchors = [texts[first] if first < len(texts) else "", texts[last] if meant.count > 1 else None]
    if indent is not None:
        anchors = [anchor if anchor is None else indent + anchor.strip() for anchor in anchors]
    return LineEdit(
        first + 1 + off,
        last + 1 + off + late,
        anchors[0] or "",
        "".join(f"{text}\n" for text in meant.new),
        anchors[1],
    )


files = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=25).map(
    lambda texts: File([Line(text, number) for number, text in enumerate(texts)])
)


@st.composite
def batches(draw: st.DrawFn, file: File) -> list[Meant]:
    """Disjoint edits, in any order."""
    edits: list[Meant] = []
    line = 0
    while line <= len(file.lines) and len(edits) < 4:
        line += draw(st.integers(0, 5))
        if line > len(file.lines):
            break
        count = draw(st.integers(0, min(4, len(file.lines) - line)))
        new = tuple(draw(st.lists(st.sampled_from(NEW), min_size=0 if count else 1, max_size=3)))
        if [one.text for one in file.lines[line : line + count]] != list(new):
            edits.append(Meant(line, count, new))
        line += count + 1
    return draw(st.permutations(edits))


@EXAMPLES
@given(st.data())
def test_a_batch_with_true_numbers_does_what_the_naive_model_does(data: st.DataObject) -> None:
    file = data.draw(files)
    edits = data.draw(batches(file))
    if not edits:
        return
    result = apply_edits(file.text, file.rev, [line_edit(file, edit) for edit in edits])
    assert result.text == file.changed(edits).text
    assert result.rev == file.changed(edits).rev
    assert not result.moved


@EXAMPLES
@given(st.data(), st.sampled_from(["", "  ", "\t", "      "]))
def test_other_indentation_than_the_files_never_leads_to_other_lines(
    data: st.DataObject, indent: str
) -> None:
    file = data.draw(files)
    edits = data.draw(batches(file))
    if not edits:
        return
    asked = [line_edit(file, edit, indent=indent) for edit in edits]
    try:
        result = apply_edits(file.text, file.rev, asked)
    except EditRefused:
        return
    assert result.text == file.changed(edits).text


@EXAMPLES
@given(st.data(), st.integers(-2, 2), st.integers(-3, 3))
def test_numbers_that_are_off_lead_to_the_lines_meant_or_to_those_that_number_and_text_name(
    data: st.DataObject, late: int, off: int
) -> None:
    """Where the wrong numbers name lines that read as expected, no one can tell that others were meant."""
    file = data.draw(files)
    edits = data.draw(batches(file))[:1]
    if not edits:
        return
    (meant,) = edits
    late = max(late, 1 - meant.count) if meant.count > 1 else 0  # it stays a span, not an insertion
    asked = line_edit(file, meant, late=late, off=off)
    try:
        result = apply_edits(file.text, file.rev, [asked])
    except EditRefused:
        return
    if result.moved:
        assert [span for _, span in result.moved] == [(meant.first + 1, meant.first + meant.count)]
        assert result.text == file.changed([meant]).text
    else:
        named = Meant(asked.first_line - 1, asked.last_line - asked.first_line + 1, meant.new)
        assert reads_as_expected(file, asked, named)
        assert result.text == file.changed([named]).text


def reads_as_expected(file: File, asked: LineEdit, named: Meant) -> bool:
    """Whether the anchors are those of the lines that the numbers name; blanks at their ends do not count."""
    texts = [line.text.strip() for line in file.lines]
    first, last = asked.expect_first.strip(), asked.expect_last
    if named.count:
        ends = texts[named.first] == first
        return ends and (last is None or texts[named.first + named.count - 1] == last.strip())
    if named.first == len(texts):
        return first in {"", texts[-1]}
    return texts[named.first] == first


@EXAMPLES
@given(st.data())
def test_edits_of_an_older_revision_change_the_very_lines_that_were_read_or_nothing(
    data: st.DataObject,
) -> None:
    """Also where many lines read alike, and whatever was inserted, removed and replaced since."""
    file = data.draw(files)
    current, log = file, list[LoggedEdit]()
    for _ in range(data.draw(st.integers(1, 3))):
        edits = data.draw(batches(current))
        if edits:
            result = apply_edits(current.text, current.rev, [line_edit(current, edit) for edit in edits])
            log.append(LoggedEdit(current.rev, result.rev, result.regions))
            current = current.changed(edits)
            assert result.text == current.text
    meant = data.draw(batches(file))
    if not meant or file.rev == current.rev:
        return
    stored = [LoggedEdit.from_json(one.to_json()) for one in log]
    try:
        result = apply_edits(current.text, file.rev, [line_edit(file, edit) for edit in meant], stored)
    except EditRefused:
        return
    identities = [line.identity for line in current.lines]
    moved = []
    for edit in meant:
        gone = [line.identity for line in file.lines[edit.first : edit.first + edit.count]]
        if gone:
            start = identities.index(gone[0])
            assert identities[start : start + len(gone)] == gone
        else:
            start = gap(file, identities, edit.first)
        moved.append(Meant(start, edit.count, edit.new))
    assert result.text == current.changed(moved).text


def gap(file: File, identities: list[int], first: int) -> int:
    """Where an insertion goes: before the line it was to stand before, or at the end."""
    return identities.index(file.lines[first].identity) if first < len(file.lines) else len(identities)


@EXAMPLES
@given(st.data())
def test_one_edit_that_cannot_be_applied_keeps_all_others_from_it(data: st.DataObject) -> None:
    file = data.draw(files)
    edits = data.draw(batches(file))
    asked = [line_edit(file, edit) for edit in edits]
    wrong = LineEdit(1, 1, "no line reads like this", "x")
    position = data.draw(st.integers(0, len(asked)))
    with pytest.raises(EditRefused, match=r"\d\| "):
        apply_edits(file.text, file.rev, [*asked[:position], wrong, *asked[position:]])
