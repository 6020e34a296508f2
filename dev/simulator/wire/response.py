"""Sends a stream's frames, including streams that never end or break off."""

import asyncio
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from dev.simulator.wire.events import PING, Stream, is_delta

PING_SECONDS = 0.2


class EventStream:
    """An ASGI response; `done(outcome)` is called once, also when the client goes away."""

    def __init__(self, stream: Stream, request_id: str, done: Callable[[str], None]) -> None:
        self._stream = stream
        self._request_id = request_id
        self._done = done

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        outcome = "disconnected"
        try:
            await self._send(receive, send)
            outcome = self._stream.outcome
        finally:
            self._done(outcome)

    async def _send(self, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"request-id", self._request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for frame in self._stream.frames:
            if self._stream.pause and is_delta(frame):
                await asyncio.sleep(self._stream.pause)
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        if self._stream.ending == "hang":
            await client_gone(receive)
        elif self._stream.ending == "pings":
            await _ping(receive, send)
        elif self._stream.ending == "complete":
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _ping(receive: Receive, send: Send) -> None:
    """Pings until the client closes the connection."""
    gone = asyncio.ensure_future(client_gone(receive))
    try:
        while not (await asyncio.wait({gone}, timeout=PING_SECONDS))[0]:
            await send({"type": "http.response.body", "body": PING, "more_body": True})
    finally:
        gone.cancel()


async def client_gone(receive: Receive) -> None:
    """Wait until the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
