"""A run moves forward, ends once and stays ended."""

from itertools import pairwise

import pytest

from common.contracts import RunState
from orchestrator.domain.runs import FINAL, can_move

HAPPY = ["queued", "preparing", "generating", "checking", "deploying", "verifying", "succeeded"]
RECOVERED = ["generating", "checking", "recovering", "checking", "recovering", "checking", "deploying"]


ANSWERED = ["queued", "preparing", "generating", "answered"]
WAITING = [*ANSWERED[:-1], "waiting", "cancelled"]
TAKEN_BACK = ["generating", "checking", "recovering", "answered"]


@pytest.mark.parametrize("way", [HAPPY, RECOVERED, ANSWERED, WAITING, TAKEN_BACK])
def test_the_ways_of_the_architecture_are_open(way: list[str]) -> None:
    for a, b in pairwise(way):
        assert can_move(RunState(a), RunState(b)), f"{a} -> {b}"


@pytest.mark.parametrize("state", sorted(set(RunState) - FINAL))
def test_every_unfinished_run_can_fail_or_be_cancelled(state: RunState) -> None:
    assert can_move(state, RunState.FAILED)
    assert can_move(state, RunState.CANCELLED)
    assert not can_move(state, state)


@pytest.mark.parametrize("state", sorted(FINAL - {RunState.WAITING}))
def test_a_finished_run_never_moves_again(state: RunState) -> None:
    assert not any(can_move(state, other) for other in RunState)


def test_of_a_run_that_waits_only_the_questions_may_be_withdrawn() -> None:
    assert [state for state in RunState if can_move(RunState.WAITING, state)] == [RunState.CANCELLED]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("queued", "generating"),
        ("generating", "deploying"),
        ("generating", "succeeded"),
        ("checking", "succeeded"),
        ("recovering", "deploying"),
        ("deploying", "checking"),
        ("verifying", "deploying"),
        ("checking", "queued"),
        ("checking", "answered"),
        ("preparing", "waiting"),
    ],
)
def test_no_station_is_skipped_and_none_comes_back(a: str, b: str) -> None:
    assert not can_move(RunState(a), RunState(b))
