"""When to try again: growing pauses, what a Retry-After asks for, attempts within a budget of time."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from math import isfinite

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    stop_never,
)
from tenacity.wait import wait_base

from common.clock import utcnow
from common.logging import get_logger, redact

_JITTER = 0.1
_MOST_DOUBLINGS = 50

logger = get_logger(__name__)


@dataclass(frozen=True)
class Backoff(wait_base):
    """Pauses in seconds: from half of a ceiling to all of it, which doubles from `first` to `longest`.

    What the other side asks for is waited for instead, but no longer than `heeded`.
    """

    first: float
    longest: float
    heeded: float = 60.0

    def seconds(self, attempt: int, retry_after: float | None = None) -> float:
        """The pause after the failed `attempt`, counted from 1."""
        if retry_after is not None:
            asked = min(retry_after, self.heeded)
            return asked + random.uniform(0.0, asked * _JITTER)
        ceiling = min(self.longest, self.first * 2.0 ** min(max(attempt - 1, 0), _MOST_DOUBLINGS))
        return random.uniform(ceiling / 2, ceiling)

    def __call__(self, retry_state: RetryCallState) -> float:
        """As a wait strategy of tenacity; an error may carry the other side's wish as `retry_after`."""
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return self.seconds(retry_state.attempt_number, getattr(error, "retry_after", None))


def retrying(
    backoff: Backoff,
    *,
    budget: float,
    when: Callable[[BaseException], bool],
    what: str,
    attempts: int | None = None,
) -> AsyncRetrying:
    """Attempts (`async for attempt in …: with attempt: …`) until one succeeds or an error is not to pass.

    No attempt begins later than `budget` seconds after the first, nor after so many `attempts`; the last
    error is raised itself. `what` names the work in the log.
    """

    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.warning(
            "attempt failed, to be repeated",
            work=what,
            attempt=state.attempt_number,
            pause=round(state.upcoming_sleep, 2),
            reason=redact(str(error)),
        )

    return AsyncRetrying(
        wait=backoff,
        stop=stop_any(stop_before_delay(budget), stop_after_attempt(attempts) if attempts else stop_never),
        retry=retry_if_exception(when),
        before_sleep=tell,
        reraise=True,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds an answer asks to wait: RFC 9110's seconds or date, or milliseconds in `retry-after-ms`."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with suppress(KeyError, ValueError):
            seconds = float(headers[name]) * unit
            if isfinite(seconds):
                return max(seconds, 0.0)
    date = parsedate_tz(headers.get("retry-after", ""))
    with suppress(ValueError, OverflowError):  # a date that no calendar has
        return max(mktime_tz(date) - utcnow().timestamp(), 0.0) if date else None
    return None
