"""Ways to see that a process serves; each fits `Spec.ready`."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable

# Given the lines printed so far, says what is still missing; None when it serves.
Probe = Callable[[deque[str]], Awaitable[str | None]]

ANSWER_SECONDS = 3.0


class Hopeless(str):
    """What is missing, and no waiting will bring it: a person has to act."""

    __slots__ = ()


def answers_http(port: int, path: str, hopeless: str | None = None) -> Probe:
    """A GET of `path` is answered with 200; a failing check that speaks of `hopeless` needs a person."""

    async def probe(_lines: deque[str]) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, body = await get(port, path)
        except (OSError, TimeoutError, EOFError):
            return f"port {port} does not answer"
        if status == 200:
            return None
        failing = _failing_checks(body)
        for reason in failing.values():
            if hopeless is not None and hopeless in reason:
                return Hopeless(reason)
        return f"{path} says {status}" + "".join(f"; {name}: {reason}" for name, reason in failing.items())

    return probe


def serves(check: Callable[[], bool]) -> Probe:
    """A blocking check of a server's own protocol says yes."""

    async def probe(_lines: deque[str]) -> str | None:
        return None if await asyncio.to_thread(check) else "it does not answer"

    return probe


def prints(start: str) -> Probe:
    """A line that begins with `start` was printed."""

    async def probe(lines: deque[str]) -> str | None:
        return None if any(line.startswith(start) for line in lines) else f"it did not print {start}"

    return probe


async def get(port: int, path: str) -> tuple[int, bytes]:
    """Status and body of a GET from this machine; raises OSError and EOFError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split(maxsplit=2)[1]), await reader.read()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _failing_checks(body: bytes) -> dict[str, str]:
    try:
        checks = json.loads(body)["checks"]
        return {str(name): str(reason) for name, reason in checks.items() if reason != "ok"}
    except (ValueError, KeyError, AttributeError, TypeError):
        return {}
