"""Without files a run ends with words or questions; calls that lead nowhere end it too."""

from typing import Any

import pytest

from common.contracts import RunMode
from common.contracts.events import Question
from orchestrator.domain.endings import answer_of, answers_text, nudges_before_an_answer, questions_text
from orchestrator.domain.repetition import MAX_EQUAL_CALLS, idle_calls, is_stuck
from orchestrator.domain.tools import ToolOutcome
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from orchestrator.domain.workspace import Workspace

FILE = b"export const a = 1;\n"
BASE = Tree({"src/a.ts": FileRef.of(FILE)})
READ = {"name": "read_file", "input": {"path": "src/a.ts"}}
WRITE: dict[str, Any] = {
    "name": "create_file",
    "input": {"path": "src/b.ts", "content": "export const b = 2;\n"},
}
DELETE = {"name": "delete_file", "input": {"path": "src/a.ts"}}
FINISH = {"name": "finish", "input": {"summary": "Here it is."}}
ASK = {"name": "ask", "input": {"questions": [{"question": "Which?", "choices": ["This", "That"]}]}}


def workspace(**fields: Any) -> Workspace:
    return Workspace(BASE, contents={FileRef.of(FILE).digest: FILE}, base=BASE, **fields)


def played(at: Workspace, *calls: dict[str, Any]) -> list[ToolOutcome]:
    """Carries out one call a turn, as a run does that is resumed before each."""
    turns: list[StoredTurn] = []
    outcomes = []
    for number, call in enumerate(calls):
        at.idle = idle_calls(turns)
        [outcome] = at.carry_out([call])
        outcomes.append(outcome)
        block = Block("tool_use", {"type": "tool_use", "id": f"t{number}", **call})
        turns.append(StoredTurn([block], {f"t{number}": ToolResult(outcome.text, outcome.is_error)}))
    at.idle = idle_calls(turns)
    return outcomes


def stuck(at: Workspace) -> bool:
    return is_stuck(at.idle, wrote=at.wrote)


@pytest.mark.parametrize("mode", [RunMode.PLAN, RunMode.ASK])
@pytest.mark.parametrize("new", [True, False])
def test_without_building_files_are_read_and_none_is_written(mode: RunMode, *, new: bool) -> None:
    at = workspace(mode=mode, new=new)
    read, write, delete, finish = played(at, READ, WRITE, DELETE, FINISH)
    assert not read.is_error
    assert write.is_error
    assert f"mode of this request is {mode}" in write.text
    assert delete.is_error
    assert (finish.is_error, finish.summary) == (False, "Here it is.")
    assert not at.wrote


def test_a_new_app_is_not_finished_while_it_is_its_template() -> None:
    at = workspace(new=True)
    first, second = played(at, FINISH, {**FINISH, "input": {"summary": "Really."}})
    assert first.is_error
    assert "no app yet" in first.text
    assert second.is_error
    assert stuck(at)


def test_a_new_app_is_finished_once_there_is_something() -> None:
    at = workspace(new=True)
    refused, _, finish = played(at, FINISH, WRITE, FINISH)
    assert (refused.is_error, finish.is_error) == (True, False)
    assert not stuck(at)


def test_an_app_that_is_there_may_need_only_words() -> None:
    [finish] = played(workspace(), FINISH)
    assert finish.summary == "Here it is."


def test_questions_come_before_files() -> None:
    at = workspace()
    _, late = played(at, WRITE, ASK)
    assert late.is_error
    assert "before the first change" in late.text
    [ask, write] = workspace(new=True).carry_out([ASK, WRITE])
    assert ask.questions == (Question(text="Which?", choices=("This", "That")),)
    assert write.is_error


@pytest.mark.parametrize(
    "questions", [[], [{"question": "a"}] * 4, [{"question": ""}], [{"question": "a", "choices": ["b"] * 6}]]
)
def test_questions_are_few_and_short(questions: list[dict[str, Any]]) -> None:
    [ask] = workspace().carry_out([{"name": "ask", "input": {"questions": questions}}])
    assert ask.is_error
    assert not ask.questions


@pytest.mark.parametrize(
    "call", [READ, {"name": "read_file", "input": {"path": "src/none.ts"}}, {"name": "no", "input": {}}]
)
def test_the_third_equal_call_in_vain_is_told_and_the_fourth_ends_the_run(call: dict[str, Any]) -> None:
    at = workspace()
    outcomes = played(at, *[call] * MAX_EQUAL_CALLS)
    assert [outcome.text.startswith("You have made this very call") for outcome in outcomes] == [
        False,
        False,
        True,
    ]
    assert outcomes[-1].is_error
    assert not stuck(at)
    played(at, *[call] * (MAX_EQUAL_CALLS + 1))
    assert stuck(at)


def test_calls_in_vain_are_counted_until_a_file_changes() -> None:
    at = workspace()
    other = {"name": "read_file", "input": {"path": "src/a.ts", "start": 1}}
    around_in_circles = [READ, other] * (MAX_EQUAL_CALLS + 1)
    played(at, *around_in_circles)
    assert stuck(at)
    at = workspace()
    played(
        at,
        READ,
        READ,
        WRITE,
        READ,
        READ,
        {**WRITE, "input": {**WRITE["input"], "path": "src/c.ts"}},
        READ,
        READ,
    )
    assert not stuck(at)


def test_what_is_said_to_the_model_begins_the_count_anew() -> None:
    block = Block("tool_use", {"type": "tool_use", "id": "t", **READ})
    read = StoredTurn([block], {"t": ToolResult("rev:1")})
    told = StoredTurn([block], {"t": ToolResult("rev:1")}, "<error_recovery>…</error_recovery>")
    noted = StoredTurn([block], {"t": ToolResult("rev:1")}, "<build_check>\n…\n</build_check>")
    assert idle_calls([read, told, read]).total() == 1
    assert idle_calls([read, noted, read]).total() == 3


def test_the_answer_is_the_summary_or_else_the_text() -> None:
    said = [Block("text", {"text": " One. "}), Block("text", {"text": ""}), Block("text", {"text": "Two."})]
    assert answer_of(StoredTurn(said)) == "One.\n\nTwo."
    assert answer_of(StoredTurn([*said, Block("tool_use", {"id": "f", **FINISH})])) == "Here it is."
    assert answer_of(StoredTurn([])) == ""


def test_words_are_never_the_first_app() -> None:
    assert nudges_before_an_answer(RunMode.BUILD, new=True) is None
    assert nudges_before_an_answer(RunMode.BUILD, new=False) == 1
    assert nudges_before_an_answer(RunMode.PLAN, new=True) == 0


def test_questions_and_answers_are_messages_for_people() -> None:
    questions = [Question(text="Which colour?", choices=("Red", "Blue")), Question(text="For whom?")]
    assert questions_text(questions) == "1. Which colour?\n   - Red\n   - Blue\n2. For whom?"
    assert answers_text(questions, ["Blue", "Me"]) == "1. Which colour?\nBlue\n2. For whom?\nMe"
