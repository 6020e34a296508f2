"""Whose turn it is at a shard's connections."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from common.errors import TooManyRequests
from data.clients.shares import Shares, sizes

MOST = 30
SIZE = sizes(MOST)["requests"]
MANY = 20


def app(number: int) -> str:
    return f"app_{'a' * 10}{number:02d}"


class Greedy:
    """Asks for far more than it may have, and keeps what it gets until it is told."""

    def __init__(self, shares: Shares, ref: str) -> None:
        self.held = 0
        self.done = asyncio.Event()
        self.tasks = [asyncio.create_task(self._hold(shares, ref)) for _ in range(MANY)]

    async def _hold(self, shares: Shares, ref: str) -> None:
        async with shares.hold("requests", ref):
            self.held += 1
            await self.done.wait()
            self.held -= 1


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_one_app_has_a_third_and_each_of_many_has_one_while_half_are_busy() -> None:
    shares = Shares(MOST)
    apps = []
    for number in range(SIZE // 2):
        apps.append(Greedy(shares, app(number)))
        await settle()
    assert apps[0].held == SIZE // 3
    assert all(one.held for one in apps)
    assert sum(one.held for one in apps) < SIZE
    async with shares.hold("requests", app(99)):  # at once: this one has its turn
        pass
    for one in apps:
        one.done.set()
    await asyncio.gather(*(task for one in apps for task in one.tasks))
    assert not shares._purposes["requests"]._apps
    assert shares._purposes["requests"]._busy == 0


async def test_who_waits_gets_what_others_give_back() -> None:
    shares = Shares(MOST)
    first, second = Greedy(shares, app(1)), Greedy(shares, app(2))
    await settle()
    assert (first.held, second.held) == (SIZE // 3, SIZE // 2 - SIZE // 3)
    first.done.set()
    await asyncio.gather(*first.tasks)
    await settle()
    assert second.held == SIZE // 3
    second.done.set()
    await asyncio.gather(*second.tasks)


@pytest.mark.parametrize("granted", [False, True])
async def test_a_turn_is_not_lost_with_who_was_cancelled(granted: bool) -> None:
    shares = Shares(MOST)
    async with AsyncExitStack() as held:
        for _ in range(SIZE // 3):
            await held.enter_async_context(shares.hold("requests", app(1)))
        waiting = Greedy(shares, app(1))
        await settle()
        if granted:
            await held.aclose()
        for task in waiting.tasks:
            task.cancel()
        await asyncio.wait(waiting.tasks)
    assert not shares._purposes["requests"]._apps
    assert shares._purposes["requests"]._busy == 0


async def test_those_who_wait_are_bounded() -> None:
    shares = Shares(MOST)
    many = [Greedy(shares, app(1)) for _ in range(11)]
    await settle()
    with pytest.raises(TooManyRequests, match="under way"):
        async with shares.hold("requests", app(1)):
            pass
    for one in many:
        one.done.set()
    found = await asyncio.gather(*(task for one in many for task in one.tasks), return_exceptions=True)
    assert {type(one) for one in found if one is not None} == {TooManyRequests}
