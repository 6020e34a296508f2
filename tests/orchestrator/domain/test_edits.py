"""line_replace: edits land where they were meant, or nowhere."""

import random

import pytest

from orchestrator.domain.edits import (
    EditRefused,
    EditResult,
    LineEdit,
    LoggedEdit,
    Region,
    apply_edits,
)
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


@pytest.mark.parametrize(
    ("first", "last", "replace", "expected"),
    [
        (2, 2, "B", "a\nB\nc\n"),
        (2, 2, "B\n", "a\nB\nc\n"),
        (2, 2, "B\n\n", "a\nB\n\nc\n"),
        (1, 3, "x", "x\n"),
        (1, 3, "", ""),
        (2, 2, "", "a\nc\n"),
        (2, 3, "b1\nb2\nb3", "a\nb1\nb2\nb3\n"),
        (1, 0, "top", "top\na\nb\nc\n"),
        (3, 2, "mid", "a\nb\nmid\nc\n"),
        (4, 3, "end", "a\nb\nc\nend\n"),
        (2, 1, "\n", "a\n\nb\nc\n"),
        (3, 3, "c\n", None),
    ],
)
def test_a_span_becomes_exactly_the_new_text(
    first: int, last: int, replace: str, expected: str | None
) -> None:
    text = "a\nb\nc\n"
    one = edit(first, last, replace, at=text)
    if expected is None:
        assert "changes nothing" in refusal(text, one)
    else:
        assert apply(text, one) == expected


def test_all_numbers_refer_to_the_file_before_the_call() -> None:
    result = apply(TEXT, edit(1, 1, "a\nb\nc"), edit(10, 12, ""), edit(5, 4, "new"), edit(20, 20, "last"))
    lines = TEXT.splitlines()
    assert result.splitlines() == ["a", "b", "c", *lines[1:4], "new", *lines[4:9], *lines[12:19], "last"]


def test_edits_may_touch_and_an_insertion_may_stand_before_or_after_a_span() -> None:
    assert apply("a\nb\nc\n", edit(1, 1, "A", at="a\nb\nc\n"), edit(2, 2, "B", at="a\nb\nc\n")) == "A\nB\nc\n"
    before, after = edit(2, 1, "<", at="a\nb\nc\n"), edit(3, 2, ">", at="a\nb\nc\n")
    assert apply("a\nb\nc\n", edit(2, 2, "B", at="a\nb\nc\n"), after, before) == "a\n<\nB\n>\nc\n"


def test_one_wrong_edit_among_right_ones_changes_nothing() -> None:
    message = refusal(TEXT, edit(1, 1, "right"), edit(10, 10, "wrong", expect_first="something else"))
    assert "the edit of line 10" in message.lower()


@pytest.mark.parametrize(
    ("text", "one", "expected"),
    [
        ("a\r\nb\r\nc\r\n", LineEdit(2, 2, "b", "x\ny"), "a\r\nx\r\ny\r\nc\r\n"),
        ("a\r\nb\r\nc\r\n", LineEdit(2, 2, "b", "x\r\ny\r\n"), "a\r\nx\r\ny\r\nc\r\n"),
        ("a\r\nb", LineEdit(2, 2, "b", "x\ny"), "a\r\nx\r\ny"),
        ("a\nb", LineEdit(2, 2, "b", "x"), "a\nx"),
        ("a\nb", LineEdit(2, 2, "b", "x\n"), "a\nx"),
        ("a\nb", LineEdit(3, 2, "", "x"), "a\nb\nx"),
        ("a\nb", LineEdit(2, 2, "b", ""), "a"),
        ("a\nb\n", LineEdit(2, 2, "b", ""), "a\n"),
        ("", LineEdit(1, 0, "", "x"), "x\n"),
        ("a\r\nb\nc\r\nd\r\n", LineEdit(1, 1, "a", "x"), "x\r\nb\nc\r\nd\r\n"),
        ("\ufeffa\nb\n", LineEdit(1, 1, "a", "x"), "\ufeffx\nb\n"),
        ("a\x0cb\u2028c\nd\n", LineEdit(2, 2, "d", "x"), "a\x0cb\u2028c\nx\n"),
    ],
)
def test_line_endings_the_final_newline_and_the_rest_stay_as_they_were(
    text: str, one: LineEdit, expected: str
) -> None:
    assert apply(text, one) == expected


def test_anchors_forgive_trailing_blanks_and_nothing_else() -> None:
    assert apply("a \t\nb\n", LineEdit(1, 1, "a", "x")) == "x\nb\n"
    assert apply("a\nb\n", LineEdit(1, 1, "a  ", "x")) == "x\nb\n"
    assert "does not fit" in refusal("  a\nb\n", LineEdit(1, 1, "a", "x"))
    assert "does not fit" in refusal("a\nb\n", LineEdit(1, 1, "A", "x"))


@pytest.mark.parametrize("wrong", [1, 3, 6, 7, 500])
def test_an_edit_whose_number_is_off_goes_to_the_only_place_with_its_anchors(wrong: int) -> None:
    one = LineEdit(wrong, wrong + 1, "line 5", "X", "line 6")
    result = apply_edits(TEXT, rev(TEXT), [one])
    assert result.relocated
    assert result.text == apply(TEXT, edit(5, 6, "X"))


def test_repeated_code_is_never_guessed_at() -> None:
    text = "if (a) {\n  b();\n}\nif (a) {\n  c();\n}\n"
    message = refusal(text, LineEdit(2, 4, "if (a) {", "x", "}"))
    assert "2 places" in message
    assert "from lines 1, 4" in message


@pytest.mark.parametrize(
    "one",
    [
        LineEdit(5, 5, "", "x"),
        LineEdit(5, 5, "   ", "x"),
        LineEdit(3, 5, "line 4", "x"),  # several lines, but only one anchor
        LineEdit(4, 5, "line 6", "x", "line 9"),  # the anchors exist, but not at this distance
        LineEdit(4, 3, "no such line", "x"),
    ],
)
def test_anchors_that_are_too_weak_or_nowhere_change_nothing(one: LineEdit) -> None:
    assert "Nothing was changed" in refusal(TEXT, one)


@pytest.mark.parametrize(
    "one",
    [LineEdit(22, 21, "nothing", "x"), LineEdit(20, 25, "line 20", "x", "?"), LineEdit(99, 99, "zz", "x")],
)
def test_a_span_beyond_the_end_says_how_long_the_file_is(one: LineEdit) -> None:
    message = refusal(TEXT, one)
    assert "the file has 20 lines" in message
    assert "20| line 20" in message


@pytest.mark.parametrize("span", [(0, 0), (-1, 3), (5, 3), (3, 1)])
def test_an_impossible_span_is_explained(span: tuple[int, int]) -> None:
    assert "lines count from 1" in refusal(TEXT, LineEdit(*span, "line 5", "x"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (edit(2, 5, "x"), edit(5, 6, "y")),
        (edit(2, 5, "x"), edit(3, 3, "y")),
        (edit(2, 5, "x"), edit(4, 3, "y")),
        (edit(4, 3, "x"), edit(4, 3, "y")),
        (edit(2, 2, "x"), edit(2, 2, "y")),
        (edit(5, 5, "x"), LineEdit(9, 9, "line 5", "y")),  # only after it has been relocated
    ],
)
def test_overlapping_edits_are_refused_in_either_order(one: LineEdit, other: LineEdit) -> None:
    assert "overlap" in refusal(TEXT, one, other)
    assert "overlap" in refusal(TEXT, other, one)


def test_what_changes_nothing_is_refused() -> None:
    assert "changes nothing" in refusal(TEXT, edit(3, 4, "line 3\nline 4"))
    assert "inserts nothing" in refusal(TEXT, edit(3, 2, ""))
    assert "empty" in refusal(TEXT)


PLACEHOLDERS = [
    "... keep existing code",
    "  // ... keep existing code",
    "// ... existing code ...",
    "// ...existing code...",
    "/* ... rest of the component ... */",
    "{/* ... keep the existing items ... */}",
    "        {/* rest of the form unchanged */}",
    "// rest of the file unchanged",
    "// Rest of code remains the same",
    "// rest of the component",
    "# ... rest of the file",
    "<!-- ... existing content ... -->",
    "// keep existing imports",
    "// …",
    "// ...",
    "{/* ... */}",
    "… rest of the code",
    "// (unchanged code …)",
]


@pytest.mark.parametrize("line", PLACEHOLDERS)
def test_a_placeholder_for_code_is_never_written(line: str) -> None:
    assert "placeholder" in refusal(TEXT, edit(3, 6, f"new\n{line}\nmore"))


HARMLESS = [
    "const next = [...existing, item];",
    "  ...existing,",
    "  ...rest,",
    "  ...props.rest",
    "...items.filter((item) => item.keep),",
    "// Keep the list sorted by title",
    "// the rest is shown on the next page",
    "<p>Loading…</p>",
    'placeholder="Search…"',
    "// Waits for the existing request before a new one starts",
    "{/* Same height as the button */}",
    "const [first, ...rest] = parts;",
    "/** Items that existed before, newest first */",
    "console.log('...');",
    "// const { id, ...rest } = book; keeps the id",
    "// calls apply(...rest) with the rest",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_ordinary_code_is_no_placeholder(line: str) -> None:
    assert line in apply(TEXT, edit(3, 3, line))


def test_a_line_that_the_file_already_has_is_no_placeholder() -> None:
    text = "a\n// ... keep existing code\nb\n"
    assert apply(text, LineEdit(1, 2, "a", "A\n// ... keep existing code", "// ... keep existing code"))


def test_copied_line_numbers_are_noticed_instead_of_written() -> None:
    assert "line numbers" in refusal(TEXT, edit(3, 4, "3| line 3\n4| new"))
    assert "Leave out the line numbers" in refusal(TEXT, LineEdit(3, 3, "3| line 3", "x"))


def test_a_refusal_shows_five_lines_around_the_place() -> None:
    message = refusal(TEXT, LineEdit(10, 10, "nope", "x"))
    shown = [line for line in message.splitlines() if "| line" in line]
    assert shown == [f"{number}| line {number}" for number in range(5, 16)]
    long = "".join(f"row {number}\n" for number in range(1, 301))
    message = refusal(long, LineEdit(50, 250, "nope", "x", "nope"))
    assert len(message.splitlines()) < 30
    assert "45| row 45" in message
    assert "255| row 255" in message


def log(before: str, result: EditResult) -> LoggedEdit:
    return LoggedEdit(rev(before), result.rev, result.regions)


def test_an_edit_made_against_an_older_revision_moves_along_with_its_lines() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(2, 2, "a\nb\nc"), edit(8, 9, "")])
    second = apply_edits(first.text, first.rev, [edit(1, 0, "top", at=first.text)])
    history = [log(TEXT, first), log(first.text, second)]
    for line in (1, 5, 7, 10, 20):
        stale = LineEdit(line, line, f"line {line}", "NEW")
        result = apply_edits(second.text, rev(TEXT), [stale], history)
        assert result.text == second.text.replace(f"line {line}\n", "NEW\n", 1)


def test_the_log_finds_repeated_lines_that_anchors_could_not() -> None:
    text = "start\n" + "}\n" * 6
    first = apply_edits(text, rev(text), [edit(1, 1, "a\nb", at=text)])
    result = apply_edits(first.text, rev(text), [LineEdit(4, 4, "}", "HERE")], [log(text, first)])
    assert result.text.splitlines()[4] == "HERE"
    assert "revision is now" in refusal(first.text, LineEdit(4, 4, "}", "HERE"), at_rev=rev(text))


def test_lines_that_were_changed_meanwhile_are_not_overwritten() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(5, 7, "all new")])
    with pytest.raises(EditRefused, match=f"revision is now rev:{first.rev}"):
        apply_edits(first.text, rev(TEXT), [LineEdit(6, 6, "line 6", "x")], [log(TEXT, first)])


def test_a_line_that_reads_like_the_one_that_is_gone_is_not_taken_for_it() -> None:
    text = "first\n}\nsecond\n}\n"
    gone = apply_edits(text, rev(text), [edit(4, 4, "", at=text)])
    stale = LineEdit(4, 4, "}", "};")
    with pytest.raises(EditRefused, match="cannot be moved along"):
        apply_edits(gone.text, rev(text), [stale], [log(text, gone)])
    assert "cannot be moved along" in refusal(gone.text, stale, at_rev=rev(text))


@pytest.mark.parametrize("stale", ["00000000", "", "nonsense"])
def test_without_a_log_a_stale_edit_needs_anchors_that_stand_once(stale: str) -> None:
    one = LineEdit(2, 3, "line 7", "X", "line 8")
    assert apply_edits(TEXT, stale, [one]).text == apply(TEXT, edit(7, 8, "X"))
    assert "Read the file again" in refusal("a\na\nb\n", LineEdit(1, 1, "a", "x"), at_rev=stale)


def test_a_broken_log_is_not_trusted() -> None:
    first = apply_edits(TEXT, rev(TEXT), [edit(1, 0, "top")])
    gap = LoggedEdit(rev(TEXT), "11111111", (Region(1, 0, 1, 9),))
    text = first.text
    assert apply_edits(text, rev(TEXT), [LineEdit(3, 3, "line 3", "x")], [gap]).text == text.replace(
        "line 3\n", "x\n"
    )


def random_edits(rng: random.Random, lines: list[str]) -> list[LineEdit]:
    """Disjoint spans in random order, each a replacement, a deletion or an insertion."""
    edits, line = [], 1
    while line <= len(lines) + 1:
        line += rng.randint(0, 4)
        if line > len(lines) + 1:
            break
        count = min(rng.choice([0, 1, 1, 2, 5]), len(lines) + 1 - line)
        new = [f"new {rng.random()}" for _ in range(rng.randint(0 if count else 1, 4))]
        last = line + count - 1
        edits.append(
            LineEdit(
                line,
                last,
                lines[line - 1] if line <= len(lines) else "",
                "".join(f"{text}\n" for text in new),
                lines[last - 1] if count > 1 else None,
            )
        )
        line = last + 2
    rng.shuffle(edits)
    return edits


def reference(lines: list[str], edits: list[LineEdit]) -> list[str]:
    """Top-down, line by line: another way than the one under test."""
    result: list[str] = []
    for number in range(1, len(lines) + 2):
        covering = [one for one in edits if one.first_line <= number <= one.last_line]
        for one in edits:
            if one.first_line == number:
                result += one.replace.splitlines()
        if not covering and number <= len(lines):
            result.append(lines[number - 1])
    return result


@pytest.mark.parametrize("seed", range(150))
def test_random_edits_do_what_a_plain_reference_does(seed: int) -> None:
    rng = random.Random(seed)
    newline = rng.choice(["\n", "\r\n"])
    # few different lines, so that a span applied in the wrong place would be noticed
    lines = [f"{rng.choice('abc')}{rng.randint(0, 3)}" for _ in range(rng.randint(2, 60))]
    final = newline if rng.random() < 0.8 else ""
    text = newline.join(lines) + final
    edits = random_edits(rng, lines)
    if not edits:
        return
    result = apply_edits(text, rev(text), edits)
    expected = reference(lines, edits)
    assert result.text == (newline.join(expected) + (final if expected else ""))
    assert result.rev == revision(result.text.encode())
    assert not result.relocated
    after = result.text.split(newline)
    for region, one in zip(
        result.regions, sorted(edits, key=lambda e: (e.first_line, e.last_line)), strict=True
    ):
        start = region.new_first - 1
        assert after[start : start + region.new_count] == one.replace.splitlines()


@pytest.mark.parametrize("seed", range(100))
def test_random_stale_edits_either_hit_their_own_line_or_are_refused(seed: int) -> None:
    rng = random.Random(seed)
    lines = [f"{number}: {rng.choice('ab')}" if rng.random() < 0.7 else "}" for number in range(40)]
    text = "\n".join(lines) + "\n"
    history, current = [], text
    for _ in range(3):
        edits = random_edits(rng, current.splitlines())
        if not edits:
            continue
        result = apply_edits(current, rev(current), edits)
        history.append(log(current, result))
        current = result.text
    target = rng.randrange(len(lines))
    stale = LineEdit(target + 1, target + 1, lines[target], "HIT")
    try:
        after = apply_edits(current, rev(text), [stale], history).text.splitlines()
    except EditRefused:
        return
    where = after.index("HIT")
    before = current.splitlines()
    assert before[where] == lines[target]
    assert after == [*before[:where], "HIT", *before[where + 1 :]]
    # the lines that survived on either side of it are the ones that stood there when the model read them
    kept_above = [line for line in before[:where] if line in set(lines) - {"}"}]
    assert all(lines.index(line) < target for line in kept_above)
