"""Bounds of time for tests: they hold on a slow or busy machine, and still bound something."""

import time

_USUAL_SECONDS = 0.006  # what the work of `_sample` takes on a usual, idle machine
_SAMPLES = 10


def within(seconds: float) -> float:
    """How long something may take here and now that takes at most `seconds` on a usual, idle machine."""
    return seconds * max(1.0, 2.0 * sum(_sample() for _ in range(_SAMPLES)) / _SAMPLES / _USUAL_SECONDS)


def _sample() -> float:
    began = time.perf_counter()
    sum(number * number for number in range(60_000))
    return time.perf_counter() - began
