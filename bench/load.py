"""An HTTP client that costs next to nothing, so that what is measured is the service."""

import asyncio
import contextlib
import math
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True)
class Message:
    """A request as it goes over the wire."""

    data: bytes

    @classmethod
    def of(cls, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Self:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines = {"host": parts.netloc, **headers, "content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return cls(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)


class Failed(Exception):
    """An answer that is no success."""


class Connection:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Message) -> float:
        """Seconds until the whole answer is there; raises Failed unless that is a success."""
        began = time.perf_counter()
        self._writer.write(message.data)
        head = await self._reader.readuntil(b"\r\n\r\n")
        _, found, rest = head.lower().partition(_LENGTH)
        body = await self._reader.readexactly(int(rest.partition(b"\r\n")[0])) if found else b""
        seconds = time.perf_counter() - began
        if not head.startswith(b"HTTP/1.1 2"):
            raise Failed(f"{head[:40]!r} {body[:300]!r}")
        return seconds


@asynccontextmanager
async def connected(url: str, count: int = 1) -> AsyncIterator[list[Connection]]:
    """So many connections to the address's host."""
    parts = urlsplit(url)
    async with contextlib.AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            stack.callback(writer.close)
            opened.append(Connection(reader, writer))
        yield opened


async def steady(
    connections: Sequence[Connection], message: Message, *, rounds: int, every: float
) -> list[float]:
    """The seconds of all requests when each connection sends one `every` so many seconds, evenly spread.

    A request is counted from when it was due: one that another holds up is late. One that fails counts as
    endless.
    """
    begin = time.perf_counter() + 0.1

    async def one(number: int, connection: Connection) -> list[float]:
        found = []
        for turn in range(rounds):
            due = begin + (turn + number / len(connections)) * every
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                await connection.send(message)
                found.append(time.perf_counter() - due)
            except Failed:
                found.append(math.inf)
        return found

    return [
        seconds
        for found in await asyncio.gather(*(one(n, one_of) for n, one_of in enumerate(connections)))
        for seconds in found
    ]


async def throughput(connections: Sequence[Connection], message: Message, *, seconds: float) -> float:
    """Requests answered in a second when every connection sends the next as soon as it has an answer."""
    until = time.perf_counter() + seconds

    async def one(connection: Connection) -> int:
        count = 0
        while time.perf_counter() < until:
            with contextlib.suppress(Failed):
                await connection.send(message)
                count += 1
        return count

    return sum(await asyncio.gather(*map(one, connections))) / seconds


async def alternating(
    rounds: int, *asked: Callable[[], Awaitable[float]], warm: int = 30
) -> list[list[float]]:
    """The seconds of each, interleaved, so that noise of the machine meets all of them alike."""
    found: list[list[float]] = [[] for _ in asked]
    for turn in range(-warm, rounds):
        for seconds, one in zip(found, asked, strict=True):
            took = await one()
            if turn >= 0:
                seconds.append(took)
    return found


def percentile(seconds: Sequence[float], percent: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000
