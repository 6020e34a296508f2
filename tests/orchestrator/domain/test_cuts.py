"""Calls that the output limit cuts: the same one is counted, and the model told how to split it."""

import json
from typing import Any

from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.cuts import MAX_CUTS, times_cut, told_to_split
from orchestrator.domain.turns import INVALID_JSON, Block, StoredTurn, ToolResult

REFUSED = ToolResult("no", is_error=True)


def call(call_id: str, name: str = "create_file", **arguments: Any) -> Block:
    return Block("tool_use", {"type": "tool_use", "id": call_id, "name": name, "input": arguments})


def cut(call_id: str, path: str, name: str = "create_file") -> Block:
    raw = json.dumps({"path": path, "content": "x" * 50})[:-20]
    return call(call_id, name, **{INVALID_JSON: raw})


def turn(*blocks: Block, **results: ToolResult) -> StoredTurn:
    return StoredTurn(blocks, results)


def test_the_same_call_is_counted_and_another_begins_anew() -> None:
    read = turn(call("r", "read_file", path="src/a.ts"), r=ToolResult("1| x"))
    turns = [turn(cut("a", "src/a.ts"), a=REFUSED), read]
    turns.append(turn(call("w", path="src/w.ts"), cut("b", "src/a.ts"), w=ToolResult("ok"), b=REFUSED))
    assert times_cut(turns, "max_tokens") == 2
    assert times_cut([*turns, turn(cut("c", "src/a.ts"))], "max_tokens") == MAX_CUTS
    assert times_cut([*turns, turn(cut("c", "src/other.ts"))], "max_tokens") == 1
    assert times_cut([*turns, turn(cut("c", "src/a.ts", "rewrite_file"))], "max_tokens") == 1


def test_a_file_that_was_written_in_between_begins_anew() -> None:
    written = turn(call("w", path="src/a.ts"), w=ToolResult("ok"))
    turns = [turn(cut("a", "src/a.ts"), a=REFUSED), turn(cut("b", "src/a.ts"), b=REFUSED), written]
    assert times_cut([*turns, turn(cut("c", "src/a.ts"))], "max_tokens") == 1


def test_only_what_the_limit_has_cut_counts() -> None:
    assert times_cut([], "max_tokens") == 0
    assert times_cut([turn(cut("a", "src/a.ts"))], "tool_use") == 0
    assert times_cut([turn(call("a", path="src/a.ts"))], "max_tokens") == 0
    assert times_cut([turn(Block("text", {"type": "text", "text": "hm"}))], "max_tokens") == 0
    assert times_cut([turn()], "max_tokens") == 0


def test_a_call_that_was_cut_before_its_path_counts_by_its_tool() -> None:
    early = [turn(call(str(number), **{INVALID_JSON: '{"pa'})) for number in range(2)]
    assert times_cut(early, "max_tokens") == 2


def test_the_model_is_told_to_split_and_the_second_time_how() -> None:
    outcomes = [ToolOutcome("ok"), ToolOutcome("not valid", is_error=True)]
    assert told_to_split(outcomes, 0) == outcomes
    once, twice = told_to_split(outcomes, 1), told_to_split(outcomes, 2)
    assert [outcome.text for outcome in (once[0], twice[0])] == ["ok", "ok"]
    assert "Send less" in once[1].text
    assert "line_replace" in twice[1].text
    assert once[1].is_error and twice[1].is_error  # noqa: PT018
