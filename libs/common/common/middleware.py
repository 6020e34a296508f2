"""What happens around every HTTP request: ids, trace, time, size limit, one log line."""

import re
import time

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.ids import new_id
from common.logging import get_logger
from common.metrics import HTTP_SECONDS
from common.tracing import bind_traceparent

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.-]{8,100}$")
_UNLOGGED = {"/healthz", "/readyz", "/metrics"}

logger = get_logger(__name__)


class RequestMiddleware:
    """Plain ASGI, so that streamed responses pass through untouched."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
        request_id = headers.get(b"x-request-id", "")
        if not _REQUEST_ID.match(request_id):
            request_id = new_id("req")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        bind_traceparent(headers.get(b"traceparent"))
        await self._observed(scope, self._limited(receive), send, request_id)

    async def _observed(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "unmatched")
            HTTP_SECONDS.labels(scope["method"], route, str(status)).observe(seconds)
            if scope["path"] not in _UNLOGGED:
                logger.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round(seconds * 1000, 1),
                )

    def _limited(self, receive: Receive) -> Receive:
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._max_body_bytes:
                    limit = self._max_body_bytes
                    # FastAPI lets only this class through while it reads a body.
                    raise HTTPException(413, f"The request's body is over {limit:,} bytes.")
            return message

        return limited
