"""What happens around every HTTP request: ids, trace, time, size limit, HEAD, one log line."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.ids import new_id
from common.logging import get_logger
from common.metrics import HTTP_SECONDS
from common.tracing import bind_traceparent

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,100}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ASKED_METHOD = "overskill.method"
"""In the scope of a HEAD, which comes to its endpoint as a GET: for one that can save the work of a body."""

QUIET = "overskill.quiet"
"""In the scope of a request that is one of very many: a good answer to it is told at the level `debug`."""

_UNLOGGED = {"/healthz", "/readyz"}

logger = get_logger(__name__)


class Shortcut(Protocol):
    """ASGI around an app that answers some requests itself; what is around every request is around it too."""

    def __init__(self, app: ASGIApp) -> None: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class _HeadAnswered(BaseException):
    """HEAD has got all it gets. No error: it passes by whoever handles those."""


@dataclass(frozen=True)
class BodyLimits:
    """Bytes of a request's body: of most paths, and of those that take another size."""

    usual: int
    by_path: Mapping[str, int]


USUAL_LIMITS = BodyLimits(2 * 1024**2, {})


class RequestMiddleware:
    """Plain ASGI, so that streamed responses pass through untouched.

    HEAD is a GET whose answer ends with its headers. `on_error` makes the answer to what no exception handler
    took; made here, it carries the request's id.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: BodyLimits,
        on_error: Callable[[Exception], Response],
    ) -> None:
        self._app = app
        self._limits = limits
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
        request_id = headers.get(b"x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = new_id("req")
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        bind_traceparent(headers.get(b"traceparent"))
        length = headers.get(b"content-length", "")
        limit = self._limits.by_path.get(scope["path"], self._limits.usual)
        too_long = length.isdecimal() and int(length[:20]) > limit
        await self._observed(scope, _limited(receive, limit, too_long=too_long), send, request_id)

    async def _observed(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 500
        started = False
        method: str = scope["method"]
        inner = {**scope, "method": "GET", ASKED_METHOD: method} if method == "HEAD" else scope

        async def observed(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)
            if method == "HEAD":
                await send({"type": "http.response.body"})
                raise _HeadAnswered

        try:
            await self._answer(inner, receive, observed, lambda: started)
        except _HeadAnswered:
            pass
        except BaseExceptionGroup as group:  # an answer that streams does so within a task group
            if group.split(_HeadAnswered)[1] is not None:
                raise
        finally:
            _record(inner, method, status, time.perf_counter() - began)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, has_started: Callable[[], bool]
    ) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if has_started():  # too late for another answer: the server logs it and breaks off
                raise
            logger.exception("request failed unexpectedly")
            await self._on_error(error)(scope, receive, send)


def _limited(receive: Receive, limit: int, *, too_long: bool) -> Receive:
    received = 0

    async def limited() -> Message:
        nonlocal received
        message: Message = {} if too_long else await receive()
        received += len(message.get("body", b""))
        if too_long or received > limit:
            # FastAPI lets only this class through while it reads a body.
            raise HTTPException(413, f"The request's body is over {limit:,} bytes.")
        return message

    return limited


def _record(scope: Scope, method: str, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    # A client may send any word as its method; each would be a time series for ever.
    HTTP_SECONDS.labels(method if method in METHODS else "other", route, str(status)).observe(seconds)
    if scope["path"] not in _UNLOGGED:
        tell = logger.debug if QUIET in scope and status < HTTPStatus.BAD_REQUEST else logger.info
        tell("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 1))
