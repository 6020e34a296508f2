"""Arguments are understood while they stream in, wherever the pieces are cut, and at a linear cost."""

import json
import random
import time
from typing import Any

import pytest

from common.testing.budget import within
from orchestrator.domain.partial import ArgumentsReader

TEXT = 'line "one" \\ \t\nzwei: {größe}\n語 😀\u0001\n'
CREATE = {"path": 'src/ünï/"a\\b".ts', "content": TEXT, "purpose": "no content\n\n"}
REPLACE: dict[str, Any] = {
    "path": "src/App.tsx",
    "rev": "12345678",
    "edits": [
        {"first_line": 1, "last_line": 1, "expect_first": "x: y", "replace": "a\nb"},
        {"first_line": 4, "last_line": 5, "expect_first": "{", "replace": "c\n", "path": "no/path"},
        {"first_line": 9, "last_line": 8, "expect_first": "", "replace": ""},
    ],
}


def read(raw: str, rng: random.Random, longest: int) -> ArgumentsReader:
    reader = ArgumentsReader()
    at = 0
    while at < len(raw):
        size = rng.randint(1, longest)
        reader.feed(raw[at : at + size])
        at += size
    return reader


@pytest.mark.parametrize("longest", [1, 3, 50, 10_000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_whole_call_is_told_exactly(longest: int, ascii_only: bool) -> None:
    rng = random.Random(longest)
    reader = read(json.dumps(CREATE, ensure_ascii=ascii_only), rng, longest)
    assert (reader.path, reader.lines) == (CREATE["path"], 3)
    if not ascii_only:
        assert reader.characters == len(TEXT)
    reader = read(json.dumps(REPLACE, ensure_ascii=ascii_only, indent=longest % 2), rng, longest)
    assert (reader.path, reader.lines, reader.characters) == ("src/App.tsx", 3, 5)


def test_the_path_is_known_before_the_text_and_the_text_grows() -> None:
    reader = ArgumentsReader()
    reader.feed('{"path": "src/a.t')
    assert (reader.path, reader.opened, reader.characters) == (None, False, 0)
    reader.feed('s", "content": "')
    assert (reader.path, reader.opened, reader.lines) == ("src/a.ts", True, 0)
    reader.feed("const a")
    assert (reader.characters, reader.lines) == (7, 1)
    reader.feed("\\n")
    assert (reader.characters, reader.lines) == (8, 1)
    reader.feed("b\\")
    reader.feed("n")
    assert (reader.characters, reader.lines) == (10, 2)


def test_a_call_that_begins_with_something_else_is_open_at_once() -> None:
    reader = ArgumentsReader()
    reader.feed('{"summary"')
    assert not reader.opened
    reader.feed(": ")
    assert (reader.opened, reader.path) == (True, None)


@pytest.mark.parametrize(
    "depth_first", ['{"edits": [{"path": "no"}', '{"path": {"path": "no"}', '["path", "no"']
)
def test_only_a_path_of_the_call_itself_counts(depth_first: str) -> None:
    reader = ArgumentsReader()
    reader.feed(depth_first)
    assert reader.path is None


def test_nonsense_does_no_harm() -> None:
    rng = random.Random(7)
    for _ in range(2_000):
        signs = "".join(rng.choice('{}[]:,"\\unp5 \n😀\ud800path') for _ in range(rng.randint(0, 60)))
        read(signs, rng, 9)
    reader = read('{"path": "' + "a/" * 5_000 + '", "content": "x"}', rng, 100)
    assert (reader.path, reader.characters) == (None, 1)


def test_the_cost_grows_with_the_length_alone() -> None:
    raw = json.dumps({"path": "a", "content": "const a = 1;\n" * 100_000})
    began = time.process_time()
    reader = ArgumentsReader()
    for at in range(0, len(raw), 12):
        reader.feed(raw[at : at + 12])
    assert reader.lines == 100_000
    assert time.process_time() - began < within(5)
