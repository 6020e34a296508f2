"""A browser's process and pipes: nothing is left of them, however they end."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from builder.clients.browser.chromium import find_chromium
from builder.clients.browser.process import start_browser
from builder.clients.browser.protocol import Connection
from builder.clients.browser.ways import browser_way
from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.users import SandboxUsers
from common.testing.budget import within
from tests.builder.browsers import LIMITS, browser
from tests.builder.machine import browser_levels, no_browser
from tests.builder.sandboxes import WORK_DIR

MOMENTS = range(12)
PROFILE = "--user-data-dir"


def left() -> set[str]:
    """Control groups and processes of ours; those of an earlier test may be about to go."""
    here = os.getpid()
    found = {str(path) for path in Path("/sys/fs/cgroup").rglob(f"overskill-build-{here}.*")}
    for path in Path(f"/proc/{here}/task").glob("*/children"):
        with suppress(OSError):  # a thread may end meanwhile
            found |= set(path.read_text().split())
    return found


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("level", browser_levels())
async def test_nothing_is_left_of_a_browser_whose_start_is_cancelled_at_any_moment(level: Level) -> None:
    way = browser_way(level, SandboxUsers(), WORK_DIR)
    chromium = find_chromium(None)
    await (await start_browser(way, chromium, LIMITS, yields=False)).close()
    before, opened = left(), descriptors()
    for moment in MOMENTS:
        starting = asyncio.create_task(start_browser(way, chromium, LIMITS, yields=False))
        for _ in range(moment):
            await asyncio.sleep(0)
        starting.cancel()
        (ended,) = await asyncio.gather(starting, return_exceptions=True)
        if not isinstance(ended, BaseException):
            await ended.close()
    async with asyncio.timeout(within(30)):
        while descriptors() > opened or not left() <= before:
            await asyncio.sleep(0)
    assert left() <= before


async def test_a_pipe_in_which_something_unread_is_left_is_closed() -> None:
    commands_in, commands_out = os.pipe()
    events_in, events_out = os.pipe()
    connection = await Connection.over(commands_out, events_in)
    flood = asyncio.create_task(asyncio.to_thread(_write_until_refused, events_out))
    await connection.ended.wait()
    await connection.close()
    await flood
    async with asyncio.timeout(within(30)):
        while Path(f"/proc/self/fd/{events_in}").exists() or Path(f"/proc/self/fd/{commands_out}").exists():
            await asyncio.sleep(0)
    os.close(commands_in)
    os.close(events_out)


def _write_until_refused(pipe: int) -> None:
    try:
        while True:
            os.write(pipe, b"x" * 65536)
    except BrokenPipeError:
        pass


@pytest.mark.skipif(no_browser(Level.LANDLOCK) is not None, reason="needs a browser at landlock")
async def test_a_browser_without_namespaces_works_in_a_folder_that_ends_with_it() -> None:
    async with browser(level=Level.LANDLOCK) as running:
        main = running.process.process.pid
        # Its environment and current folder are for its own user to read, and for a root of all capabilities.
        arguments = Path(f"/proc/{main}/cmdline").read_text().split("\0")
        (profile,) = (path for name, _, path in (one.partition("=") for one in arguments) if name == PROFILE)
        folder = Path(profile).parent
        assert folder.is_dir()
        assert folder.is_relative_to(WORK_DIR.resolve())
        assert "Seccomp:\t2" in Path(f"/proc/{main}/status").read_text()
    assert not folder.parent.exists()
