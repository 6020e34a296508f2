"""Repairs are judged by what they change: who gets on goes on, who stands still is told and then stopped."""

import pytest

from common.contracts import Diagnostic
from orchestrator.domain.progress import Errors, Progress, progress
from orchestrator.domain.recovery import recovery_message

TRIES = 5
HEALTHY: tuple[Diagnostic, ...] = ()


def unknown(name: str, count: int = 1, file: str = "src/a.tsx") -> Diagnostic:
    return Diagnostic(
        file=file, line=3, code="TS2304", message=f"Cannot find name '{name}'.", count=count,
        lines=tuple(range(3, 3 + count)) if count > 1 else (),
    )  # fmt: skip


A, B, C = (unknown("a"),), (unknown("b"),), (unknown("c"),)
FIVE, FOUR, THREE = ((unknown("x", count),) for count in (5, 4, 3))
WIDE = tuple(unknown("x", 60, f"src/{name}.tsx") for name in "abcde")
WIDE_LESS = (*WIDE[:4], unknown("x", 59, "src/e.tsx"))


def play(*builds: tuple[Diagnostic, ...], totals: tuple[int, ...] = ()) -> list[str]:
    """The messages that the model gets for these builds in turn; a last "stalled" or "tries" is the end."""
    told: list[Errors] = []
    messages: list[str] = []
    for nth, found in enumerate(builds):
        if found == HEALTHY:
            return messages
        now = Errors.of("type", found, totals[nth] if totals else 0)
        since = progress(told, now)
        if since.hopeless:
            return [*messages, "stalled"]
        if len(told) == TRIES:
            return [*messages, "tries"]
        told.append(Errors.from_json(now.to_json()))
        sources = {"src/a.tsx": b"const a = 1;\n"} if since.stalled else None
        messages.append(
            recovery_message("type", found, len(told), TRIES, now.total, since=since, sources=sources)
        )
    return messages


def strategy(message: str) -> str:
    """What the model is asked to do, in a word."""
    if "Write these files anew" in message:
        return "rewrite"
    if "has brought nothing" in message:
        return "whole"
    return "go on" if "before your last repair" in message else "first" if "\n" in message else message


@pytest.mark.parametrize(
    ("builds", "expected"),
    [
        pytest.param([FIVE, FOUR, THREE, HEALTHY], ["first", "go on", "go on"], id="5-4-3-0"),
        pytest.param([A, A, HEALTHY], ["first", "whole"], id="same"),
        pytest.param([A, A, A], ["first", "whole", "stalled"], id="same-same"),
        pytest.param([A, B, A, HEALTHY], ["first", "go on", "whole"], id="A-B-A"),
        pytest.param([A, B, A, B], ["first", "go on", "whole", "stalled"], id="A-B-A-B"),
        pytest.param([A, A, B, A, HEALTHY], ["first", "whole", "go on", "rewrite"], id="A-A-B-A"),
        pytest.param([A, (*A, *B), HEALTHY], ["first", "whole"], id="one more, none less"),
        pytest.param([WIDE, WIDE_LESS, HEALTHY], ["first", "go on"], id="one of 300 less"),
        pytest.param([WIDE, WIDE, WIDE], ["first", "whole", "stalled"], id="300, the same"),
        pytest.param(
            [FIVE, FOUR, THREE, A, B, C], ["first", *["go on"] * 4, "tries"], id="five tries in all"
        ),
    ],
)
def test_who_gets_on_has_all_tries_and_who_stands_still_two(
    builds: list[tuple[Diagnostic, ...]], expected: list[str]
) -> None:
    assert [strategy(message) for message in play(*builds)] == expected


def test_the_model_is_told_what_its_repair_has_changed() -> None:
    before = (unknown("x", 3), unknown("y"), unknown("z"))
    _, message = play(before, (unknown("x", 2), unknown("z"), unknown("w", file="src/b.tsx")))
    assert "4 errors in 2 files:" in message
    assert "2 of the 5 before your last repair are gone; new: src/b.tsx:3 TS2304." in message


def test_new_errors_are_named_up_to_five() -> None:
    _, message = play(A, tuple(unknown(f"n{number}") for number in range(7)))
    assert "1 of the 1 before your last repair are gone; new: src/a.tsx:3 TS2304, " in message
    assert "and 2 more." in message


def test_of_more_errors_than_are_named_only_the_totals_are_told() -> None:
    _, message = play(WIDE, WIDE, totals=(900, 700))
    assert "Before your last repair there were 900, now there are 700." in message


def test_a_try_that_brought_nothing_is_answered_with_the_whole_files() -> None:
    _, message = play(A, A)
    assert "src/a.tsx rev:" in message
    assert "1| const a = 1;" in message
    assert "Write these files anew" not in message
    assert "whole:" not in play(A, B)[1]


def test_failures_without_places_are_known_by_their_kind() -> None:
    slow, large = (Errors.of(category, ()) for category in ("timeout", "memory"))
    assert progress([slow], slow) == Progress(slow, slow, stalled=1, stalls=1)
    assert progress([slow], large).stalled == 0
    assert progress([slow, slow], slow).hopeless


def test_a_run_whose_errors_an_earlier_release_has_not_noted_begins_anew() -> None:
    assert progress([], Errors.of("type", A)) == Progress(Errors.of("type", A))
