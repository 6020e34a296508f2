"""However a stack ends, no process of it is left."""

import os
import signal
from pathlib import Path

import pytest

from tests.stack.programs import children, program, running, spawn, until

ALL = ("postgres", "nats", "edge", "templates")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_in_order(tmp_path: Path, how: signal.Signals) -> None:
    async with program(tmp_path, *ALL) as started:
        groups = children(started.process.pid)
        assert running(groups)
        started.process.send_signal(how)
        assert await started.process.wait() == 0
        assert not running(groups)


async def test_sigkill_leaves_nothing_behind(tmp_path: Path) -> None:
    async with program(tmp_path, *ALL) as started:
        groups = children(started.process.pid)
        started.process.kill()
        await until(lambda: not running(groups))


async def test_sigkill_of_the_guard_too_leaves_nothing_behind(tmp_path: Path) -> None:
    async with program(tmp_path, *ALL) as started:
        groups = children(started.process.pid)
        guards = groups - set(started.pids.values())
        assert len(guards) == 1
        os.kill(guards.pop(), signal.SIGKILL)
        started.process.kill()
        await until(lambda: not running(groups))


async def test_state_is_usable_right_after_a_kill(tmp_path: Path) -> None:
    async with program(tmp_path, "postgres", "nats") as killed:
        killed.process.kill()
    async with program(tmp_path, "postgres", "nats") as started:
        assert set(started.pids) == {"stack", "postgres", "nats"}


async def test_a_second_stack_on_the_same_state_says_that_one_runs(tmp_path: Path) -> None:
    async with program(tmp_path, "nats") as first:
        second = await spawn(tmp_path, "nats")
        _, printed = await second.communicate()
        assert second.returncode == 1
        assert f"already runs (process {first.pids['stack']})" in printed.decode()
        assert running({first.pids["nats"]})
