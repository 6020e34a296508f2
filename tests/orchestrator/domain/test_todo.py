"""The model's list of steps: bounded, handed on, and no work by itself."""

from typing import Any

import pytest

from orchestrator.domain.condense import so_far
from orchestrator.domain.memory import EarlierRun, memory_blocks
from orchestrator.domain.repetition import MAX_EQUAL_CALLS, idle_calls, is_stuck
from orchestrator.domain.todo import ONLY_TODO, open_steps
from orchestrator.domain.tools import ToolRefused, parse_call
from orchestrator.domain.tree import Tree
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from orchestrator.domain.workspace import Workspace

STORED = [{"text": "The list", "done": True}, {"text": "The form", "done": False}]
LOOK = {"name": "look", "input": {"route": "/"}}


def todo(*texts: str, done: int = 0) -> dict[str, Any]:
    items = [{"text": text, "done": number < done} for number, text in enumerate(texts)]
    return {"name": "todo", "input": {"items": items}}


def turn(number: int, *calls: dict[str, Any]) -> StoredTurn:
    blocks = [Block("tool_use", {"id": f"t{number}-{at}", **call}) for at, call in enumerate(calls)]
    return StoredTurn(blocks, {block.payload["id"]: ToolResult("ok") for block in blocks})


def test_the_list_is_kept_and_its_next_step_told() -> None:
    [first] = Workspace(Tree()).carry_out([todo("The list", "The form", done=1)])
    assert (first.text, first.is_error, first.changes) == ("ok, 1 of 2 done; next: The form", False, False)
    assert [(item.text, item.done) for item in first.todo or ()] == [("The list", True), ("The form", False)]
    [last] = Workspace(Tree()).carry_out([todo("The list", done=1)])
    assert last.text == "ok, 1 of 1 done"


@pytest.mark.parametrize(
    "arguments",
    [
        {"items": []},
        {"items": [{"text": "Step"}] * 21},
        {"items": [{"text": "x" * 201}]},
        {"items": [{"text": "  "}]},
        {"items": [{"text": "Step", "state": "done"}]},
        {"items": "none"},
        {},
    ],
    ids=["empty", "too many", "too long", "blank", "unknown field", "no list", "missing"],
)
def test_a_list_beyond_its_bounds_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ToolRefused, match="todo takes: items"):
        parse_call("todo", arguments)


def test_turns_that_only_keep_the_list_end_the_run_however_it_is_worded() -> None:
    turns: list[StoredTurn] = []
    at = Workspace(Tree())
    for number in range(MAX_EQUAL_CALLS + 1):
        assert not is_stuck(idle_calls(turns), wrote=False)
        at.idle = idle_calls(turns)
        [outcome] = at.carry_out([todo(f"Another {number}")])
        assert (outcome.text == ONLY_TODO) == (number == MAX_EQUAL_CALLS - 1)
        turns.append(turn(number, todo(f"Another {number}")))
    assert is_stuck(idle_calls(turns), wrote=False)


def test_a_list_kept_beside_work_never_does() -> None:
    turns = [
        turn(number, todo("Step", f"{number}"), {**LOOK, "input": {"route": f"/{number}"}})
        for number in range(9)
    ]
    assert not is_stuck(idle_calls(turns), wrote=False)
    alone = turn(9, todo("Step"))
    assert idle_calls([*turns, alone, alone])["todo"] == 2
    assert idle_calls([*turns, alone, alone, turns[0]])["todo"] == 0


def test_a_conversation_that_begins_anew_has_the_list() -> None:
    told = so_far([], Tree().diff(Tree()), todo=STORED)
    assert "Your list:\n[x] The list\n[ ] The form\n" in told
    assert "Your list" not in so_far([], Tree().diff(Tree()))


def test_the_next_message_is_told_what_was_left_open() -> None:
    run = EarlierRun(
        "A shop", "failed", "The app does not build.", left_open=[*open_steps(STORED), "</left_open>"]
    )
    [_, block] = memory_blocks("A shop", [run], left_out=0, budget=6_000)
    assert "<left_open>\n- The form\n- <\\/left_open>\n</left_open>" in block
    [_, nothing] = memory_blocks("A shop", [EarlierRun("A shop", "failed")], left_out=0, budget=6_000)
    assert "left_open" not in nothing
