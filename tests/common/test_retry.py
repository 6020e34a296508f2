"""When something is tried again: growing pauses with jitter, the other side's wish, the budget of time."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from common.errors import NotFound, Unavailable
from common.retry import Backoff, retry_after, retrying
from common.testing.budget import within
from tests.common.conftest import Logged

TINY = Backoff(first=0.001, longest=0.004)


@pytest.mark.parametrize(("attempt", "ceiling"), [(0, 1), (1, 1), (2, 2), (5, 16), (6, 20), (10**9, 20)])
def test_pauses_lie_between_half_and_all_of_a_ceiling_that_doubles(attempt: int, ceiling: float) -> None:
    pauses = [Backoff(first=1.0, longest=20.0).seconds(attempt) for _ in range(200)]
    assert ceiling / 2 <= min(pauses) < ceiling * 0.6
    assert ceiling * 0.9 < max(pauses) <= ceiling


@pytest.mark.parametrize(("asked", "heeded"), [(0.0, 0.0), (3.0, 3.0), (3600.0, 20.0)])
def test_the_other_sides_wish_is_kept_within_reason(asked: float, heeded: float) -> None:
    pause = Backoff(first=1.0, longest=2.0, heeded=20.0).seconds(4, asked)
    assert heeded <= pause <= heeded * 1.1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "9", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Thu, 99 Foo 99999 99:99:99 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert retry_after({"retry-after": date}) == pytest.approx(60, abs=20)


async def test_an_attempt_is_repeated_until_it_succeeds_and_each_failure_is_told(log: Logged) -> None:
    attempts = 0
    async for attempt in retrying(TINY, budget=60, when=passing, what="ask"):
        with attempt:
            attempts += 1
            if attempts < 3:
                raise Unavailable("Not at nats://user:hunter2@host now.")
    assert attempts == 3
    told = log.named("attempt failed, to be repeated")
    assert [(entry["work"], entry["attempt"]) for entry in told] == [("ask", 1), ("ask", 2)]
    assert told[0]["reason"] == "Not at nats://user:***@host now."


async def test_what_will_not_pass_is_raised_itself_at_once() -> None:
    error = NotFound("gone")
    with pytest.raises(NotFound) as caught:
        await failing(error, budget=60)
    assert caught.value is error


async def test_no_attempt_begins_after_the_budget() -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable, match="busy"):
        await failing(Unavailable("busy", retry_after=3600.0), budget=30)
    assert time.monotonic() - began < within(20)


async def test_a_cancellation_is_no_failure_to_repeat() -> None:
    started = asyncio.Event()

    async def work() -> None:
        async for attempt in retrying(TINY, budget=60, when=passing, what="wait"):
            with attempt:
                started.set()
                await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await started.wait()
    task.cancel()
    await asyncio.wait([task], timeout=20)
    assert task.cancelled()


def passing(error: BaseException) -> bool:
    return isinstance(error, Unavailable)


async def failing(error: Exception, budget: float) -> None:
    async for attempt in retrying(TINY, budget=budget, when=passing, what="fail"):
        with attempt:
            raise error
