"""Repairs fit the file they are for, line by line, or change nothing."""

import pytest

from common.contracts import FileFix, LineEdit
from orchestrator.domain.fixes import repaired, repaired_files


def fix(*edits: tuple[int, int, str], path: str = "src/a.ts") -> FileFix:
    return FileFix(
        path=path,
        reasons=("repairs",),
        edits=tuple(LineEdit(first_line=first, last_line=last, text=text) for first, last, text in edits),
    )


@pytest.mark.parametrize(
    ("content", "edits", "expected"),
    [
        ("one\ntwo\nthree\n", ((2, 2, "TWO"),), "one\nTWO\nthree\n"),
        ("one\ntwo\nthree", ((1, 1, "zero\none"), (3, 3, "THREE")), "zero\none\ntwo\nTHREE"),
        ("one\r\ntwo\r\n", ((1, 1, "zero\none"),), "zero\r\none\r\ntwo\r\n"),
        ("one\ntwo\nthree\n", ((1, 2, ""),), "three\n"),
        ("\ufeffone\n", ((1, 1, "ONE"),), "\ufeffONE\n"),
    ],
)
def test_edits_replace_whole_lines(
    content: str, edits: tuple[tuple[int, int, str], ...], expected: str
) -> None:
    assert repaired(content.encode(), fix(*edits)) == expected.encode()


@pytest.mark.parametrize(
    "edits", [((3, 3, "x"),), ((2, 2, "x"), (1, 1, "y")), ((1, 2, "x"), (2, 2, "y")), ((2, 1, "x"),)]
)
def test_edits_that_do_not_fit_change_nothing(edits: tuple[tuple[int, int, str], ...]) -> None:
    assert repaired(b"one\ntwo\n", fix(*edits)) is None


def test_neither_binary_files_nor_the_platforms_nor_unknown_ones_are_repaired() -> None:
    assert repaired(b"\x00\xff", fix((1, 1, "x"))) is None
    assert repaired(b"{}\n", fix((1, 1, "x"), path="package.json")) is None
    assert (
        repaired_files([fix((1, 1, "x"), path="src/gone.ts"), fix((1, 1, "one"))], {"src/a.ts": b"one\n"})
        == {}
    )
    assert repaired_files([fix((1, 1, "x"))], {"src/a.ts": b"one\n"}) == {"src/a.ts": b"x\n"}
