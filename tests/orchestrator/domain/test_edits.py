"""line_replace: edits land where they were meant, or nowhere."""

import pytest

from orchestrator.domain.edits import LineEdit, apply_edits
from tests.orchestrator.domain.line_edits import TEXT, apply, edit, refusal, rev


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


def test_anchors_forgive_blanks_at_the_ends_of_a_line_and_nothing_else() -> None:
    assert apply("a \t\nb\n", LineEdit(1, 1, "a", "x")) == "x\nb\n"
    assert apply("a\nb\n", LineEdit(1, 1, "a  ", "x")) == "x\nb\n"
    assert apply("  a\nb\n", LineEdit(1, 1, "a", "x")) == "x\nb\n"
    assert apply("\ta\n\tb\nc\n", LineEdit(1, 2, "  a", "  x", "    b")) == "  x\nc\n"
    assert apply("a\n  b\n", LineEdit(2, 1, "b", "    x", "\ta")) == "a\n    x\n  b\n"
    assert "does not fit" in refusal("a  b\nb\n", LineEdit(1, 1, "a b", "x"))
    assert "does not fit" in refusal("a\nb\n", LineEdit(1, 1, "A", "x"))


@pytest.mark.parametrize("wrong", [1, 3, 6, 7, 500])
def test_an_edit_whose_number_is_off_goes_to_the_only_place_with_its_anchors(wrong: int) -> None:
    one = LineEdit(wrong, wrong + 1, "line 5", "X", "line 6")
    result = apply_edits(TEXT, rev(TEXT), [one])
    assert result.moved == (((wrong, wrong + 1), (5, 6)),)
    assert result.text == apply(TEXT, edit(5, 6, "X"))


def test_a_line_with_another_indentation_is_not_taken_for_one_that_fits_exactly() -> None:
    """The number says line 2, the indentation line 4: which is meant is unclear."""
    text = "if (a) {\n  }\nif (b) {\n    }\n"
    assert "2 places (lines 2, 4)" in refusal(text, LineEdit(2, 2, "    }", "x"))
    assert apply(text, LineEdit(4, 4, "    }", "x")).splitlines() == [*text.splitlines()[:3], "x"]


def test_a_span_that_ends_a_line_early_at_a_bracket_of_another_indentation_is_refused() -> None:
    text = "function a() {\n  if (b) {\n    c();\n  }\n}\n"
    assert "2 places (lines 1-4, 1-5)" in refusal(text, LineEdit(1, 4, "function a() {", "x", "}"))


@pytest.mark.parametrize("last", [3, 4, 6, 7])
def test_a_span_that_ends_a_line_or_two_early_or_late_is_put_right(last: int) -> None:
    result = apply_edits(TEXT, rev(TEXT), [LineEdit(3, last, "line 3", "X", "line 5")])
    assert result.text == apply(TEXT, edit(3, 5, "X"))
    assert result.moved == (((3, last), (3, 5)),)


def test_a_span_that_could_end_in_two_places_or_is_off_by_more_is_refused() -> None:
    text = "f(() => {\n  a();\n}\n}\nb\nc\nd\n}\n"
    assert "2 places (lines 1-3, 1-4)" in refusal(text, LineEdit(1, 2, "f(() => {", "x", "}"))
    assert "nowhere" in refusal(TEXT, LineEdit(3, 5, "line 3", "x", "line 8"))


def test_a_span_that_fits_longer_here_and_as_long_elsewhere_is_refused() -> None:
    text = "<Card>\n  a\n  b\n</Card>\n<Card>\n  c\n</Card>\n"
    message = refusal(text, LineEdit(1, 3, "<Card>", "x", "</Card>"))
    assert "2 places (lines 1-4, 5-7)" in message


def test_a_span_without_the_text_of_its_last_line_is_refused_and_shown() -> None:
    """With the last line's number one too low, the old end of the block would stay behind."""
    message = refusal(TEXT, LineEdit(9, 11, "line 9", "x"))
    assert "has no expect_last" in message
    assert [line for line in message.splitlines() if "| " in line] == [
        f"{number}| line {number}" for number in range(4, 17)
    ]


def test_repeated_code_is_never_guessed_at() -> None:
    text = "if (a) {\n  b();\n}\nif (a) {\n  c();\n}\n"
    message = refusal(text, LineEdit(2, 4, "if (a) {", "x", "}"))
    assert "2 places" in message
    assert "lines 1-3, 4-6" in message


@pytest.mark.parametrize(
    "one",
    [
        LineEdit(5, 5, "", "x"),
        LineEdit(5, 5, "   ", "x"),
        LineEdit(4, 5, "line 6", "x", "line 11"),  # the anchors exist, but not at this distance
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
