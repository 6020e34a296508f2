"""What the model is told of a check, and in which order a turn's calls are answered."""

from typing import Any

import pytest

from common.contracts import (
    Artifact,
    BuildFinished,
    BuildMode,
    BuildState,
    Diagnostic,
    ErrorCategory,
    PagesChecked,
    PagesState,
)
from orchestrator.domain.checked import checked
from orchestrator.domain.conversation import next_step
from orchestrator.domain.findings import Seen, seen
from orchestrator.domain.recovery import recovery_message
from orchestrator.domain.tools import next_calls
from orchestrator.domain.tree import Tree
from orchestrator.domain.turns import Block, StoredTurn, ToolResult
from orchestrator.domain.workspace import Workspace

DIGEST = "a" * 64
BUILD, RUN = f"build_{'0' * 26}", f"run_{'0' * 26}"
CHECK = {"name": "run_check", "input": {}}
ERRORS = tuple(
    Diagnostic(file=f"src/{name}.ts", line=2, column=3, code="TS2304", message=f"Cannot find name '{name}'.")
    for name in ("a", "b")
)


def finished(state: BuildState, **fields: Any) -> BuildFinished:
    about = {"build_id": BUILD, "app_id": "abcdefghjkmn", "run_id": RUN, "mode": BuildMode.PREVIEW}
    return BuildFinished(**about, state=state, duration_ms=1, log="", **fields)


def failed(category: ErrorCategory, *diagnostics: Diagnostic, problems: int = 0) -> BuildFinished:
    return finished(BuildState.FAILED, category=category, diagnostics=diagnostics, problems=problems)


def test_errors_are_told_in_the_words_of_a_recovery() -> None:
    outcome = checked(failed(ErrorCategory.TYPE, *ERRORS, problems=30))
    told = recovery_message("type", ERRORS, 1, 5, 30).splitlines()
    assert outcome.is_error
    assert set(outcome.text.splitlines()) >= set(told[1:-2]), "all but its tags and its last sentence"
    assert "28 more" in outcome.text
    assert "error_recovery" not in outcome.text
    assert "finish again" not in outcome.text


LEFT = Diagnostic(file="src/pages/About.tsx", line=4, code="prerender", message="/about was left to it")


def test_what_could_be_better_about_a_green_build_is_seen_before_the_end() -> None:
    artifact = Artifact(digest=DIGEST, size=1, file_count=1, total_bytes=1)
    outcome = checked(finished(BuildState.SUCCEEDED, artifact=artifact, diagnostics=(LEFT,)))
    assert outcome.is_error, "a finish beside it waits"
    assert outcome.text.startswith("ok, no errors")
    assert "src/pages/About.tsx:4 prerender: /about was left to it" in outcome.text


def test_a_finish_waits_until_the_model_has_seen_what_its_files_build_says() -> None:
    calls = [{"name": "finish", "input": {"summary": "Done."}}]
    [outcome] = Workspace(Tree(), overlooked="/about was left to the browser").carry_out(calls)
    assert (outcome.text, outcome.is_error) == ("/about was left to the browser", True)
    [outcome] = Workspace(Tree()).carry_out(calls)
    assert not outcome.is_error


def test_a_look_tells_what_the_build_has_said() -> None:
    pages = PagesChecked(
        build_id=BUILD, app_id="abcdefghjkmn", artifact_digest=DIGEST, state=PagesState.PASSED,
        routes=("/",), duration_ms=1,
    )  # fmt: skip
    text = seen(Seen(pages, current=True, warnings=(LEFT,)), "/").text
    assert "warning: src/pages/About.tsx:4 prerender: /about was left" in text
    assert "Nothing was found amiss" not in text


def test_without_errors_it_is_ok() -> None:
    artifact = Artifact(digest=DIGEST, size=1, file_count=1, total_bytes=1)
    outcome = checked(finished(BuildState.SUCCEEDED, artifact=artifact))
    assert (outcome.is_error, outcome.text[:13]) == (False, "ok, no errors")


@pytest.mark.parametrize(
    "end",
    [None, failed(ErrorCategory.INFRASTRUCTURE), finished(BuildState.CANCELLED)],
    ids=["in time", "by the platform's fault", "because it was cancelled"],
)
def test_what_was_not_checked_says_nothing_about_the_files(end: BuildFinished | None) -> None:
    outcome = checked(end)
    assert not outcome.is_error
    assert "could not be checked now" in outcome.text


def test_a_check_that_is_asked_for_again_and_again_is_refused() -> None:
    at = Workspace(Tree(), verdict=failed(ErrorCategory.TYPE, ERRORS[0]))
    texts = [outcome.text for outcome in at.carry_out([CHECK] * 3)]
    assert texts[0] == texts[1]
    assert "made this very call three times" in texts[2]


def calls(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "input": {}} for name in names]


@pytest.mark.parametrize(
    ("names", "batches"),
    [
        (["create_file", "finish"], [["create_file", "finish"]]),
        (["run_check"], [["run_check"]]),
        (
            ["create_file", "run_check", "look", "finish"],
            [["create_file"], ["run_check"], ["look"], ["finish"]],
        ),
        (["look", "create_file", "run_check"], [["look"], ["create_file"], ["run_check"]]),
    ],
    ids=["ends", "waits", "in the middle", "at both ends"],
)
def test_what_waits_is_answered_alone_and_in_its_order(names: list[str], batches: list[list[str]]) -> None:
    left, found = calls(*names), []
    while left:
        batch = next_calls(left)
        found.append([call["name"] for call in batch])
        left = left[len(batch) :]
    assert found == batches


def turn(*results: ToolResult | None) -> StoredTurn:
    """A turn with a `finish` and then a check, answered so far."""
    names = ("finish", "run_check")
    blocks = [Block("tool_use", {"id": name, "name": name, "input": {}}) for name in names]
    answered = zip(names, results, strict=True)
    return StoredTurn(blocks, {name: result for name, result in answered if result is not None})


def test_a_finish_before_a_check_ends_nothing_until_that_is_answered_and_good() -> None:
    ok, wrong = ToolResult("ok"), ToolResult("errors", is_error=True)

    def step(at: StoredTurn) -> str:
        return next_step(at, "tool_use", turns=60, max_turns=60, nudges=0, wrote=True)

    assert step(turn(ok, None)) == "run_tools"
    assert step(turn(ok, ok)) == "finished"
    assert next_step(turn(ok, wrong), "tool_use", turns=1, max_turns=60, nudges=0, wrote=True) == "run_tools"


@pytest.mark.parametrize(("current", "words"), [(True, "files as they are now"), (False, "earlier files")])
def test_a_look_says_of_which_files_it_is(current: bool, words: str) -> None:
    pages = PagesChecked(
        build_id=BUILD, app_id="abcdefghjkmn", artifact_digest=DIGEST, state=PagesState.PASSED,
        routes=("/",), duration_ms=1,
    )  # fmt: skip
    assert words in seen(Seen(pages, current=current), "/").text
    unknown = seen(Seen(pages, current=current), "/new")
    assert unknown.is_error
    assert words in unknown.text
