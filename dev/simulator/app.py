"""The HTTP application: the Messages API, the request log and a health check."""

import asyncio
import json
import time
from collections import Counter, OrderedDict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from dev.simulator.log import LoggedRequest, RequestLog
from dev.simulator.respond import Responder
from dev.simulator.settings import Settings
from dev.simulator.turn import Fault, Turn
from dev.simulator.wire import events
from dev.simulator.wire.errors import ApiError, envelope, invalid
from dev.simulator.wire.response import EventStream, client_gone
from dev.simulator.wire.usage import PrefixCache, Usage, input_tokens, request_digest
from dev.simulator.wire.validation import validate

MAX_BODY = 32 * 1024 * 1024
_REMEMBERED_PREFIXES = 10_000


def create_app(settings: Settings) -> Starlette:
    simulator = Simulator(settings)
    app = Starlette(
        routes=[
            Route("/v1/messages", simulator.messages, methods=["POST"]),
            Route("/__sim/requests", simulator.read_log, methods=["GET"]),
            Route("/__sim/requests", simulator.clear_log, methods=["DELETE"]),
            Route("/__sim/requests/{id}", simulator.read_body, methods=["GET"]),
            Route("/healthz", _healthz, methods=["GET"]),
        ]
    )
    app.state.simulator = simulator
    return app


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


class Simulator:
    """Holds what outlives a request: the log, the prompt cache and the attempt counters."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log = RequestLog()
        self._cache = PrefixCache()
        self._attempts: Counter[str] = Counter()
        self._histories: OrderedDict[str, None] = OrderedDict()
        self._responder = Responder(settings.scripts_dir)

    async def read_log(self, _: Request) -> Response:
        return JSONResponse({"requests": self._log.as_wire()})

    async def read_body(self, request: Request) -> Response:
        body = self._log.body(request.path_params["id"])
        return JSONResponse(body, status_code=404 if body is None else 200)

    async def clear_log(self, _: Request) -> Response:
        """Also forgets attempts, so that faults hit again."""
        self._log.clear()
        self._attempts.clear()
        return Response(status_code=204)

    async def messages(self, request: Request) -> ASGIApp:
        started = time.monotonic()
        entry = self._log.add(LoggedRequest(model="", sha256="", messages=0, stream=False))
        try:
            body = validate(await _read(request))
            return await self._answer(request, body, entry, started)
        except ApiError as error:
            if entry.outcome == "running":
                entry.outcome = error.kind
            entry.error = error.message
            entry.milliseconds = _since(started)
            headers = {"request-id": entry.id, **error.headers}
            return JSONResponse(envelope(error.kind, error.message, entry.id), error.status, headers)

    async def _answer(
        self, request: Request, body: dict[str, Any], entry: LoggedRequest, started: float
    ) -> ASGIApp:
        self._describe(entry, body)
        self._log.keep(entry, body)
        turn = self._responder.turn(body)
        entry.script = turn.source
        room = self._room(body, turn)
        fault = turn.fault if turn.fault is not None and entry.attempt <= turn.fault.times else None
        await asyncio.sleep((self._settings.think_ms + turn.delay_ms) / 1000)
        if fault is not None:
            await self._fail_early(request, fault, entry)
        usage = self._cache.usage(body)
        return self._respond(body, turn, fault, usage, entry, started, room)

    def _describe(self, entry: LoggedRequest, body: dict[str, Any]) -> None:
        entry.model = body["model"]
        entry.messages = len(body["messages"])
        entry.stream = bool(body.get("stream"))
        entry.sha256 = request_digest(body)
        self._attempts[entry.sha256] += 1
        entry.attempt = self._attempts[entry.sha256]
        if len(body["messages"]) > 1:
            entry.extends = request_digest({**body, "messages": body["messages"][:-2]}) in self._histories
        self._histories[entry.sha256] = None
        while len(self._histories) > _REMEMBERED_PREFIXES:
            self._histories.popitem(last=False)

    def _room(self, body: dict[str, Any], turn: Turn) -> int:
        """How many tokens the answer may have until the context window is full."""
        window = turn.context_tokens or self._settings.context_tokens
        tokens = input_tokens(body)
        if tokens > window:
            raise invalid(f"prompt is too long: {tokens} tokens > {window} maximum")
        return window - tokens

    async def _fail_early(self, request: Request, fault: Fault, entry: LoggedRequest) -> None:
        """Faults that answer before any stream begins."""
        entry.outcome = f"fault:{fault.kind}"
        if fault.kind == "rate_limit":
            seconds = 1.0 if fault.retry_after is None else fault.retry_after
            raise ApiError(
                "rate_limit_error", "Too many requests (simulated)", headers={"retry-after": f"{seconds:g}"}
            )
        if fault.kind == "overloaded":
            raise ApiError("overloaded_error", "Overloaded (simulated)")
        if fault.kind == "server_error":
            raise ApiError("api_error", "Internal server error (simulated)")
        if fault.kind == "refusal":
            raise ApiError(fault.error, fault.message)
        if fault.kind == "hang" and fault.after_blocks is None:
            await client_gone(request.receive)
        entry.outcome = "running"

    def _respond(
        self,
        body: dict[str, Any],
        turn: Turn,
        fault: Fault | None,
        usage: Usage,
        entry: LoggedRequest,
        started: float,
        room: int,
    ) -> ASGIApp:
        limit = body["max_tokens"]
        if fault is not None and fault.kind == "max_tokens":
            limit, fault = min(limit, fault.limit), None
        answered = events.answer(turn, body, max_tokens=limit, room=room, usage=usage)
        entry.usage = usage.as_wire(answered.output_tokens)

        def done(outcome: str) -> None:
            entry.outcome = outcome
            entry.stop_reason = answered.stop_reason if outcome == answered.stop_reason else None
            entry.milliseconds = _since(started)

        if entry.stream:
            rate = turn.tokens_per_second or self._settings.tokens_per_second
            return EventStream(events.stream(answered, fault, entry.id, rate), entry.id, done)
        if fault is not None:
            entry.outcome = f"fault:{fault.kind}"
            raise ApiError("api_error", "Internal server error (simulated)")
        done(answered.stop_reason)
        return JSONResponse(events.message(answered), headers={"request-id": entry.id})


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 3)


async def _read(request: Request) -> Any:
    """The parsed body of a request that carries a key and a version."""
    if not (request.headers.get("x-api-key") or request.headers.get("authorization")):
        raise ApiError("authentication_error", "x-api-key header is required")
    if not request.headers.get("anthropic-version"):
        raise invalid("anthropic-version: header is required")
    try:
        raw = await request.body()
    except ClientDisconnect as error:
        raise invalid("The request body broke off") from error
    if len(raw) > MAX_BODY:
        raise ApiError("request_too_large", "Request exceeds the maximum size")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
