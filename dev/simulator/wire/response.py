"""Sends a stream's frames, including streams that never end or break off."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from dev.simulator.wire.stream import Stream

PING_SECONDS = 0.2


class EventStream:
    """An ASGI response. `note(outcome)` is called at its end, also when the client goes away, and where it
    stops without an end; `ping` None: this wire knows no pings, the stream falls silent instead.
    """

    def __init__(
        self, stream: Stream, headers: Mapping[str, str], ping: bytes | None, note: Callable[[str], None]
    ) -> None:
        self._stream = stream
        self._headers = headers
        self._ping = ping
        self._note = note

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        outcome = "disconnected"
        try:
            await self._send(receive, send)
            outcome = self._stream.outcome
        finally:
            self._note(outcome)

    async def _send(self, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            *((name.encode(), value.encode()) for name, value in self._headers.items()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for frame in self._stream.frames:
            if self._stream.pause and frame.delta:
                await asyncio.sleep(self._stream.pause)
            await send({"type": "http.response.body", "body": frame.data, "more_body": True})
        if self._stream.ending in {"hang", "pings"}:
            self._note(self._stream.outcome)
            pinging = self._stream.ending == "pings" and self._ping is not None
            await (self._send_pings(receive, send) if pinging else client_gone(receive))
        elif self._stream.ending == "complete":
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_pings(self, receive: Receive, send: Send) -> None:
        """Pings until the client closes the connection."""
        gone = asyncio.ensure_future(client_gone(receive))
        try:
            while not (await asyncio.wait({gone}, timeout=PING_SECONDS))[0]:
                await send({"type": "http.response.body", "body": self._ping, "more_body": True})
        finally:
            gone.cancel()


async def client_gone(receive: Receive) -> None:
    """Wait until the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
