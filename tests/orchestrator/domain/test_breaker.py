"""The circuit breaker: opens after failures in a row, probes one at a time, closes on a success."""

import pytest

from orchestrator.domain.breaker import Breaker

SECONDS = 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock, threshold=3, seconds=SECONDS)


def fail(breaker: Breaker, times: int, key: str = "a") -> None:
    for _ in range(times):
        breaker.failed(key)


def test_it_opens_after_failures_in_a_row_and_for_that_key_alone(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.allows("a")
    fail(breaker, 1)
    assert breaker.is_open("a")
    assert not breaker.allows("a")
    assert breaker.allows("b")


def test_a_success_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded("a")
    fail(breaker, 2)
    assert breaker.allows("a")


def test_failures_far_apart_are_not_in_a_row(breaker: Breaker, clock: Clock) -> None:
    for _ in range(9):
        fail(breaker, 1)
        clock.now += SECONDS + 1
    assert not breaker.is_open("a")


def test_one_request_probes_at_a_time(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += SECONDS
    assert [breaker.allows("a") for _ in range(3)] == [True, False, False]
    clock.now += SECONDS  # of the probe nothing was heard
    assert [breaker.allows("a") for _ in range(2)] == [True, False]


def test_a_probe_that_fails_opens_it_again_at_once(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += SECONDS + 5
    assert breaker.allows("a")
    clock.now += 10
    fail(breaker, 1)
    clock.now += SECONDS - 1
    assert not breaker.allows("a")
    clock.now += 1
    assert breaker.allows("a")


def test_a_probe_that_succeeds_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += SECONDS
    assert breaker.allows("a")
    breaker.succeeded("a")
    assert not breaker.is_open("a")
    assert [breaker.allows("a") for _ in range(3)] == [True] * 3


def test_who_did_not_ask_counts_too(breaker: Breaker) -> None:
    fail(breaker, 3)
    breaker.succeeded("a")  # of a run without a fallback, which goes out in any case
    assert breaker.allows("a")
