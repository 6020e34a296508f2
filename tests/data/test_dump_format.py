"""What lies in a dump can be read again, and what is damaged is found to be."""

from datetime import UTC, datetime

import pytest

from data.domain.dumps import DumpDamaged, EndLine, Header, Line, SequenceLine, TableLine, decoded, encoded

LINES: list[Line] = [
    Header(
        "app_abcdefghijkl", datetime(2026, 3, 14, 15, tzinfo=UTC), ({"path": "1.sql", "sql": "select 'é'"},)
    ),
    TableLine("app", 'odd"table', ("id", "a b")),
    SequenceLine("todos_id_seq", 2**62, called=True),
    EndLine({"app.todos": 3}),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_a_line_is_read_as_it_was_written(line: Line) -> None:
    data = encoded(line)
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert decoded(data) == line


def test_a_row_is_an_array_of_texts() -> None:
    assert decoded('["1", null, "é\\n"]\n'.encode()) == ["1", None, "é\n"]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{}",
        b'{"line": "other"}',
        b'{"line": "table"}',
        b'["1"',
        b"3",
        b'{"line": "dump", "format": 2, "ref": "a", "taken_at": "2026-03-14T15:00:00Z", "migrations": []}',
    ],
)
def test_a_damaged_line_is_told_from_a_row(damaged: bytes) -> None:
    with pytest.raises(DumpDamaged):
        decoded(damaged)
