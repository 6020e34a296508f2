"""The supervisor of background loops: patient at start, stubborn while it runs, firm at the end."""

import asyncio
import functools

import pytest

from common import background
from common.background import Supervisor
from common.errors import Unavailable
from tests.common.conftest import Logged
from tests.common.messages import available, until


class Failing:
    """A step that fails as told, then succeeds."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)


async def test_loops_start_once_every_step_has_succeeded() -> None:
    order: list[str] = []
    database = Failing(Unavailable("not yet"), RuntimeError("not yet either"))
    gate = asyncio.Event()

    async def nats() -> None:
        order.append("nats")
        await gate.wait()

    async def loop() -> None:
        order.append("loop")
        await asyncio.Event().wait()

    async with Supervisor({"database": database, "nats": nats}) as supervisor:
        supervisor.start("loop", loop)
        with pytest.raises(Unavailable, match="Still waiting for"):
            await supervisor.check()
        await until(lambda: order == ["nats"])
        with pytest.raises(Unavailable, match="Still waiting for: nats"):
            await supervisor.check()
        gate.set()
        await until(lambda: order == ["nats", "loop"])
        await supervisor.check()
    assert database.calls == 3


async def test_what_needs_less_than_everything_begins_before_everything_is_there() -> None:
    began: list[str] = []

    async def nats() -> None:
        await asyncio.Event().wait()

    async def work(name: str) -> None:
        began.append(name)
        await asyncio.Event().wait()

    async with Supervisor({"database": Failing(), "nats": nats}) as supervisor:
        supervisor.start("all", functools.partial(work, "all"))
        supervisor.start("reads", functools.partial(work, "reads"), after="database")
        supervisor.start_once("stopping", functools.partial(work, "stopping"), at_once=True)
        await until(lambda: sorted(began) == ["reads", "stopping"])
        with pytest.raises(Unavailable, match="Still waiting for: nats"):
            await supervisor.check()


@pytest.mark.parametrize("error", [Unavailable("x"), RuntimeError("x"), asyncio.CancelledError()])
async def test_a_loop_that_raises_or_returns_runs_again(error: BaseException) -> None:
    loop = Failing(error, error)
    async with Supervisor() as supervisor:
        supervisor.start("loop", loop)
        await until(lambda: loop.calls == 4)


async def test_a_step_cancelled_from_inside_is_tried_again() -> None:
    step = Failing(asyncio.CancelledError())
    async with Supervisor({"step": step}) as supervisor:
        await until(lambda: available(supervisor.check))
    assert step.calls == 2


async def test_what_starts_once_runs_until_it_succeeds() -> None:
    step, loop = Failing(Unavailable("x"), RuntimeError("x")), Failing(RuntimeError("x"))
    async with Supervisor() as supervisor:
        supervisor.start_once("step", step)
        supervisor.start("loop", loop)
        await until(lambda: step.calls == 3 and loop.calls == 4)
    assert step.calls == 3


async def test_the_end_cancels_and_waits() -> None:
    ended: list[str] = []

    async def loop() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("loop")

    async with Supervisor() as supervisor:
        supervisor.start("loop", loop)
        await until(lambda: available(supervisor.check))
        await asyncio.sleep(0)
    assert ended == ["loop"]


async def test_errors_of_the_block_are_not_swallowed() -> None:
    with pytest.raises(KeyError):
        async with Supervisor():
            raise KeyError


async def test_the_end_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch, log: Logged) -> None:
    monkeypatch.setattr(background, "_CANCEL_SECONDS", 0.05)
    release, swallowed, started = asyncio.Event(), 0, asyncio.Event()

    async def deaf(times: int) -> None:
        nonlocal swallowed
        while not release.is_set():
            started.set()
            try:
                await release.wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > times:
                    raise

    async def once() -> None:  # as nats-py does while it flushes
        await deaf(1)

    async def always() -> None:
        await deaf(10**6)

    async with Supervisor() as supervisor:
        supervisor.start("hard of hearing", once)
        await started.wait()
    assert swallowed == 2
    assert log.named("background steps do not end and are left behind") == []

    started.clear()
    async with Supervisor() as supervisor:
        supervisor.start("deaf", always)
        await started.wait()
    left = log.named("background steps do not end and are left behind")
    assert [entry["steps"] for entry in left] == [["deaf"]]
    release.set()


async def test_expected_failures_take_a_line_and_name_their_cause(log: Logged) -> None:
    async def grouped() -> None:
        try:
            raise ConnectionRefusedError("nats://user:hunter2@host:4222 refused")
        except OSError as error:
            reached = Unavailable("NATS cannot be reached.")
            reached.__cause__ = error
        raise ExceptionGroup("workers", [reached, ExceptionGroup("more", [Unavailable("Not now.")])])

    async with Supervisor() as supervisor:
        supervisor.start("loop", grouped)
        await until(lambda: len(log.named("background step failed")) >= 2)
    told = log.named("background step failed")[:2]
    assert [entry["reason"] for entry in told] == ["NATS cannot be reached.", "Not now."]
    assert told[0]["cause"] == "ConnectionRefusedError: nats://user:***@host:4222 refused"
    assert not any("exception" in entry for entry in told)


async def test_unexpected_failures_keep_their_traceback(log: Logged) -> None:
    step = Failing(ExceptionGroup("workers", [Unavailable("x"), KeyError("surprise")]))
    async with Supervisor({"step": step}) as supervisor:
        await until(lambda: available(supervisor.check))
    assert "KeyError: 'surprise'" in log.named("background step failed")[0]["exception"]
