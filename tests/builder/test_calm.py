"""What is done ahead comes after what somebody waits for, and is not put off for ever."""

import asyncio

from builder.clients.calm import Calm

LONG = 60.0


async def turns() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


async def test_it_waits_for_the_end_of_what_is_under_way() -> None:
    calm = Calm(pause=0.0, most=LONG)
    with calm.broken():
        with calm.broken():
            waiting = asyncio.create_task(calm.wait())
            await turns()
        await turns()
        assert not waiting.done()
    await waiting


async def test_it_is_not_calm_between_a_build_and_the_look_that_follows() -> None:
    calm = Calm(pause=LONG, most=LONG)
    with calm.broken():
        pass
    waiting = asyncio.create_task(calm.wait())
    await turns()
    assert not waiting.done()
    waiting.cancel()


async def test_nobody_waits_longer_than_that() -> None:
    calm = Calm(pause=LONG, most=0.01)
    with calm.broken():
        waiting = asyncio.create_task(calm.wait())
        done, _ = await asyncio.wait([waiting], timeout=LONG / 10)
    assert done == {waiting}


async def test_it_is_calm_before_anything_began() -> None:
    waiting = asyncio.create_task(Calm(pause=LONG, most=LONG).wait())
    await turns()
    assert waiting.done()
