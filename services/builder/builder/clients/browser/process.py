"""One browser process in its sandbox, for one app, thrown away afterwards."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from builder.clients.browser.chromium import Chromium
from builder.clients.browser.protocol import Connection
from builder.clients.browser.ways import BrowserWay
from builder.clients.processes import start_process
from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.levels import Prepared, prepared
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.process import give_up


@dataclass
class BrowserProcess:
    """A started browser; `close` ends it with everything it has started."""

    process: asyncio.subprocess.Process
    connection: Connection
    group: Bounds
    cleanup: Callable[[], None]

    @property
    def alive(self) -> bool:
        """Whether it still runs and answers."""
        return self.process.returncode is None and not self.connection.ended.is_set()

    def cpu_seconds(self) -> float:
        """What the processes that there are have used; from /proc, as not every control group counts it."""
        return sum(map(_ticks, self.group.processes())) / os.sysconf("SC_CLK_TCK")

    async def close(self) -> None:
        """Kills the whole tree and removes what it left; to the end even when the caller is cancelled."""
        await asyncio.shield(asyncio.create_task(self._close()))

    async def _close(self) -> None:
        _kill(self.process)
        self.group.kill()
        await self.process.wait()
        await self.connection.close()
        await give_up(self.group)
        await asyncio.to_thread(self.cleanup)


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ticks(process: int) -> int:
    try:
        after_name = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(after_name[11]) + int(after_name[12])


async def start_browser(
    way: BrowserWay, chromium: Chromium, limits: Limits, *, yields: bool
) -> BrowserProcess:
    """Raises IsolationUnavailable and BrowserUnavailable when it cannot be contained."""
    commands_in, commands_out = os.pipe()
    events_in, events_out = os.pipe()
    try:
        made = await prepared(partial(way.prepare, chromium, limits, (commands_in, events_out)))
        process = await _start(made, (commands_in, events_out), yields=yields)
    except BaseException:
        os.close(commands_out)
        os.close(events_in)
        raise
    finally:
        os.close(commands_in)
        os.close(events_out)
    made.begun(process.pid)
    return await _connected(made, process, commands_out, events_in)


async def _start(made: Prepared, pipes: tuple[int, int], *, yields: bool) -> asyncio.subprocess.Process:
    try:
        if yields:
            made.bounds.yield_cpu()
        return await start_process(
            *made.line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=(*pipes, made.filter_fd),
            env={},
            cwd="/",
        )
    except BaseException:
        # To the end even when it is cancelled once more: nothing of a browser may live on.
        await asyncio.shield(asyncio.create_task(_undo(made)))
        raise


async def _undo(made: Prepared) -> None:
    await give_up(made.bounds)
    await asyncio.to_thread(made.abandon)


async def _connected(
    made: Prepared, process: asyncio.subprocess.Process, commands: int, events: int
) -> BrowserProcess:
    """Both pipes are its own from here on."""
    try:
        connection = await Connection.over(commands, events)
    except BaseException:
        _kill(process)
        await asyncio.shield(asyncio.create_task(_end(made, process)))
        raise
    return BrowserProcess(process, connection, made.bounds, made.cleanup)


async def _end(made: Prepared, process: asyncio.subprocess.Process) -> None:
    await process.wait()
    await give_up(made.bounds)
    await asyncio.to_thread(made.cleanup)
