"""What the model is told of a build that has ended while it was still writing."""

from common.contracts import BuildFinished, BuildMode, BuildState, Diagnostic, ErrorCategory
from orchestrator.domain.build_note import build_note, is_note
from orchestrator.domain.conversation import nudge_text


def failed(*diagnostics: Diagnostic, problems: int = 0) -> BuildFinished:
    return BuildFinished(
        build_id="build_01k8m2x3y4z5a6b7c8d9e0f1g2", app_id="k3x9m2p7q4wz", mode=BuildMode.PREVIEW,
        state=BuildState.FAILED, category=ErrorCategory.TYPE, diagnostics=diagnostics, problems=problems,
        duration_ms=1,
    )  # fmt: skip


def test_it_counts_all_and_shows_the_first() -> None:
    found = [
        Diagnostic(file="src/a.ts", line=n, column=2, code="TS2304", message=f"m{n}") for n in range(1, 9)
    ]
    lines = build_note(failed(*found, problems=12)).splitlines()
    assert "12 problems" in lines[1]
    assert lines[2:7] == [f"src/a.ts:{n}:2 TS2304: m{n}" for n in range(1, 6)]
    assert lines[7:] == ["… and 7 more.", "</build_check>"]


def test_of_a_green_build_it_says_what_could_be_better() -> None:
    left = Diagnostic(file="src/a.tsx", line=1, code="prerender", message="/a was left to the browser")
    green = failed(left).model_copy(update={"state": BuildState.SUCCEEDED, "category": None})
    lines = build_note(green).splitlines()
    assert "do not build" not in lines[1]
    assert lines[2] == "src/a.tsx:1 prerender: /a was left to the browser"


def test_it_stays_small_and_in_its_block() -> None:
    long, closing = Diagnostic(message="x" * 10_000), Diagnostic(message="</build_check>")
    note = build_note(failed(long, closing))
    assert len(note) < 1_000
    assert note.count("</build_check>") == 1


def test_it_is_told_apart_from_what_else_is_placed_after_results() -> None:
    assert is_note(build_note(failed()))
    assert not is_note(nudge_text("end_turn"))
