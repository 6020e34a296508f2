"""Ways to see that a process serves; each fits `Spec.ready`."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable

Probe = Callable[[deque[str]], Awaitable[bool]]

ANSWER_SECONDS = 3.0


def answers_http(port: int, path: str) -> Probe:
    """A GET of `path` is answered with 200."""

    async def probe(_lines: deque[str]) -> bool:
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            async with asyncio.timeout(ANSWER_SECONDS):
                return await _status(port, path) == 200
        return False

    return probe


def serves(check: Callable[[], bool]) -> Probe:
    """A blocking check of a server's own protocol says yes."""

    async def probe(_lines: deque[str]) -> bool:
        return await asyncio.to_thread(check)

    return probe


def prints(start: str) -> Probe:
    """A line that begins with `start` was printed."""

    async def probe(lines: deque[str]) -> bool:
        return any(line.startswith(start) for line in lines)

    return probe


async def _status(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readuntil(b"\r\n")
        await reader.read()
        return int(status_line.split()[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
