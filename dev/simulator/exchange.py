"""One request and its answer, whatever the vendor: the log, the attempts, the faults, the time it takes."""

import asyncio
import json
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from dev.simulator.log import LoggedRequest, RequestLog
from dev.simulator.respond import Responder
from dev.simulator.settings import Settings
from dev.simulator.turn import Fault, Turn
from dev.simulator.wire.answer import answer
from dev.simulator.wire.errors import ApiError, PromptTooLong, invalid
from dev.simulator.wire.prompt import Prompt
from dev.simulator.wire.response import EventStream, client_gone
from dev.simulator.wire.stream import broken, stream
from dev.simulator.wire.vendor import Wire

_REMEMBERED_PROMPTS = 10_000


@dataclass
class _Attempt:
    """A request while it is worked on."""

    wire: Wire
    request: Request
    entry: LoggedRequest
    started: float

    def end(self, outcome: str) -> None:
        self.entry.outcome = outcome
        self.entry.milliseconds = round((time.monotonic() - self.started) * 1000, 3)


class Exchange:
    """Holds what outlives a request: the log and the attempt counters."""

    def __init__(self, settings: Settings) -> None:
        self.log = RequestLog()
        self._settings = settings
        self._attempts: Counter[str] = Counter()
        self._prompts: OrderedDict[str, None] = OrderedDict()
        self._responder = Responder(settings.scripts_dir)

    def forget(self) -> None:
        self.log.clear()
        self._attempts.clear()

    def endpoint(self, wire: Wire) -> Callable[[Request], Awaitable[ASGIApp]]:
        """Answers the requests of one API."""

        async def handle(request: Request) -> ASGIApp:
            entry = self.log.add(LoggedRequest(vendor=wire.vendor))
            attempt = _Attempt(wire, request, entry, time.monotonic())
            try:
                wire.authorise(request.headers)
                prompt = wire.read(await read_body(request, wire.max_body))
                return await self._answer(attempt, prompt)
            except ApiError as error:
                entry.error = error.message
                attempt.end(error.kind if entry.outcome == "running" else entry.outcome)
                status, body = wire.error(error, entry.id)
                limited = error.kind == "rate_limit_error"
                headers = {**wire.headers(entry.id, limited=limited), **error.headers}
                return JSONResponse(body, status, headers)

        return handle

    async def _answer(self, attempt: _Attempt, prompt: Prompt) -> ASGIApp:
        entry = attempt.entry
        self._describe(entry, prompt)
        self.log.keep(entry, prompt.body)
        turn = self._responder.turn(prompt)
        entry.script = turn.source
        room = self._room(prompt, turn)
        fault = _hitting(turn, entry)
        await asyncio.sleep((self._settings.think_ms + turn.delay_ms) / 1000)
        if fault is not None:
            await _fail_early(attempt, fault)
        return self._respond(attempt, prompt, turn, fault, room)

    def _describe(self, entry: LoggedRequest, prompt: Prompt) -> None:
        entry.model = prompt.model
        entry.messages = len(prompt.messages)
        entry.stream = prompt.stream
        entry.sha256 = prompt.sha256
        self._attempts[entry.sha256] += 1
        entry.attempt = self._attempts[entry.sha256]
        if len(prompt.messages) > 1:
            entry.extends = any(prefix in self._prompts for prefix in prompt.prefixes[:-1])
        self._prompts[entry.sha256] = None
        while len(self._prompts) > _REMEMBERED_PROMPTS:
            self._prompts.popitem(last=False)

    def _room(self, prompt: Prompt, turn: Turn) -> int:
        """How many tokens the answer may have until the context window is full."""
        window = turn.context_tokens or self._settings.context_tokens
        if prompt.tokens > window:
            raise PromptTooLong(prompt.tokens, window)
        return window - prompt.tokens

    def _respond(
        self, attempt: _Attempt, prompt: Prompt, turn: Turn, fault: Fault | None, room: int
    ) -> ASGIApp:
        wire, entry = attempt.wire, attempt.entry
        limit = prompt.max_tokens
        if fault is not None and fault.kind == "max_tokens":
            limit, fault = min(limit, fault.limit), None
        rate = turn.tokens_per_second or self._settings.tokens_per_second
        usage = wire.usage(prompt)
        answered = answer(turn, prompt, usage, max_tokens=limit, room=room, paced=rate > 0)
        entry.usage = wire.counts(answered)
        headers = wire.headers(entry.id)

        def note(outcome: str) -> None:
            attempt.end(outcome)
            entry.stop_reason = outcome if outcome == answered.stop_reason else None

        if prompt.stream:
            whole = wire.frames(answered)
            sent = stream(whole, answered.stop_reason, rate)
            if fault is not None:
                failed = fault.kind == "failed"
                error = wire.failure(fault.error, fault.message, answered, entry.id, failed=failed)
                sent = broken(whole, fault, error, sent.pause)
            return EventStream(sent, headers, wire.ping, note)
        if fault is not None:
            entry.outcome = f"fault:{fault.kind}"
            raise ApiError("api_error", "Internal server error (simulated)")
        note(answered.stop_reason)
        return JSONResponse(wire.body(answered), headers=headers)


def _hitting(turn: Turn, entry: LoggedRequest) -> Fault | None:
    """The fault that this attempt meets."""
    fault = turn.fault
    if fault is None or entry.attempt > fault.times or fault.vendor not in {None, entry.vendor}:
        return None
    return fault


async def _fail_early(attempt: _Attempt, fault: Fault) -> None:
    """Faults that answer before any stream begins."""
    attempt.entry.outcome = f"fault:{fault.kind}"
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
    if fault.kind == "too_long":
        raise PromptTooLong(208_310, 200_000)
    if fault.kind == "hang" and fault.after_blocks is None:
        await client_gone(attempt.request.receive)
    attempt.entry.outcome = "running"


async def read_body(request: Request, most: int) -> Any:
    """The parsed body; a longer one than `most` bytes is not read to its end."""
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > most:
                raise ApiError("request_too_large", "Request exceeds the maximum size")
    except ClientDisconnect as error:
        raise invalid("The request body broke off") from error
    try:
        return json.loads(bytes(raw))
    except (ValueError, RecursionError) as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
