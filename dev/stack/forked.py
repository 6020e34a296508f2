"""A service that is forked instead of executed, used as `asyncio.subprocess.Process` is."""

import asyncio
import os
from collections.abc import Mapping
from typing import Protocol

from common.testing.forks import Forked, fork_service


class Running(Protocol):
    """What a supervisor asks of a process."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    @property
    def stdout(self) -> asyncio.StreamReader | None: ...

    def send_signal(self, signal: int) -> None: ...

    async def wait(self) -> int: ...


class ForkedProcess:
    """Its output is read from `stdout`, stderr included."""

    def __init__(self, forked: Forked, stdout: asyncio.StreamReader) -> None:
        self.stdout = stdout
        self._forked = forked

    @property
    def pid(self) -> int:
        return self._forked.pid

    @property
    def returncode(self) -> int | None:
        return self._forked.poll()

    def send_signal(self, signal: int) -> None:
        self._forked.send_signal(signal)

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        if self._forked.poll() is None:
            loop.add_reader(self._forked, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(self._forked)
        return self._forked.wait()


async def fork(module: str, environment: Mapping[str, str]) -> ForkedProcess:
    """As `python -m MODULE`."""
    reading, writing = os.pipe()
    try:
        # The first of a module waits until the server has imported it.
        forked = await asyncio.to_thread(fork_service, module, environment, writing)
    finally:
        os.close(writing)
    stdout = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(reading, "rb", buffering=0)
    )
    return ForkedProcess(forked, stdout)
