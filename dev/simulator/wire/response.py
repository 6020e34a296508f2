"""Sends a stream's frames, including streams that never end or break off."""

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from dev.simulator.wire.events import Stream


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
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        if self._stream.ending == "hang":
            await client_gone(receive)
        elif self._stream.ending == "complete":
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def client_gone(receive: Receive) -> None:
    """Wait until the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
