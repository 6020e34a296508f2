"""A tiny HTTP server in the place of another service: it notes requests and answers as it is told."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from tests.tcp import tcp_server

PROBLEM = b'{"code": "told", "detail": "It was told to answer so."}'


class Neighbour:
    """`answers` maps "METHOD /path" to a status, `bodies` to an answer, with * for any last part of the
    path; all else gets 204, or what is said `otherwise`. `retry_after` has what is sent with a line's answer.

    `requests` are such lines in their order, `headers` and `sent` (the body) what came last with each.
    """

    def __init__(self, port: int) -> None:
        self.requests: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}
        self.sent: dict[str, bytes] = {}
        self.answers: dict[str, int] = {}
        self.bodies: dict[str, bytes] = {}
        self.retry_after: dict[str, int] = {}
        self.otherwise: tuple[int, bytes] = (204, b"")
        self.heard = asyncio.Condition()
        self.port = port
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        await self._running.enter_async_context(tcp_server(self._serve, self.port))

    async def stop(self) -> None:
        await self._running.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line = " ".join(head.split(maxsplit=2)[:2])
        self.requests.append(line)
        fields = [field.split(": ", 1) for field in head.strip().split("\r\n")[1:]]
        headers = {name.lower(): value for name, value in fields}
        self.headers[line] = headers
        self.sent[line] = await reader.readexactly(int(headers.get("content-length", 0)))
        async with self.heard:
            self.heard.notify_all()
        told = self.bodies.get(line) or self.bodies.get(f"{line.rpartition('/')[0]}/*")
        usual, anything = self.otherwise
        status = self.answers.get(line, 200 if told else usual)
        told = told or (anything if line not in self.answers else None)
        body = told or (PROBLEM if status >= 400 else b"")
        later = f"retry-after: {self.retry_after[line]}\r\n" if line in self.retry_after else ""
        head = f"HTTP/1.1 {status} Told\r\n{later}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
