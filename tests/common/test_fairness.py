"""Fair shares of what there is little of."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from common.errors import TooManyRequests
from common.fairness import ConcurrencyLimiter


async def enter(limiter: ConcurrencyLimiter, key: str, stack: AsyncExitStack) -> None:
    await stack.enter_async_context(limiter.hold(key))


async def test_a_key_waits_for_its_own_turn_and_others_do_not() -> None:
    limiter = ConcurrencyLimiter(at_once=2, waiting=5, seconds=60)
    held = AsyncExitStack()
    for key in ("mine", "mine", "theirs"):
        await enter(limiter, key, held)
    later = AsyncExitStack()
    third = asyncio.create_task(enter(limiter, "mine", later))
    await asyncio.wait([third], timeout=0.05)
    assert not third.done()
    await held.aclose()
    await third
    await later.aclose()


async def test_waiting_is_bounded_in_number_and_time() -> None:
    limiter = ConcurrencyLimiter(at_once=1, waiting=1, seconds=0.1)
    async with AsyncExitStack() as held:
        await enter(limiter, "mine", held)
        waiting = asyncio.create_task(enter(limiter, "mine", held))
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests, match="under way"):
            await enter(limiter, "mine", held)
        with pytest.raises(TooManyRequests, match="too long"):
            await waiting


async def test_nothing_is_kept_of_those_who_have_left_or_were_cancelled() -> None:
    limiter = ConcurrencyLimiter(at_once=1, waiting=5, seconds=60)
    async with AsyncExitStack() as held:
        await enter(limiter, "mine", held)
        waiting = asyncio.create_task(enter(limiter, "mine", held))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with limiter.hold("mine"):
        pass
    assert not limiter._shares
