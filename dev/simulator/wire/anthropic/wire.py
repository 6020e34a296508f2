"""The Messages API as the simulator's HTTP side uses it."""

from collections.abc import Mapping
from typing import Any

from dev.simulator.turn import Vendor
from dev.simulator.wire.answer import Answer, Usage
from dev.simulator.wire.anthropic import events
from dev.simulator.wire.anthropic.cache import BreakpointCache
from dev.simulator.wire.anthropic.history import validate_history
from dev.simulator.wire.anthropic.prompt import prompt_of
from dev.simulator.wire.anthropic.validation import validate
from dev.simulator.wire.errors import ApiError, invalid
from dev.simulator.wire.prompt import Prompt
from dev.simulator.wire.stream import Frame, Frames, frame

STATUS: dict[str, int] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}
_REQUESTS_A_MINUTE = 4000


class AnthropicWire:
    vendor: Vendor = "anthropic"
    max_body = 32 * 1024 * 1024
    ping: bytes | None = events.PING.data

    def __init__(self) -> None:
        self._cache = BreakpointCache()

    def authorise(self, headers: Mapping[str, str]) -> None:
        if not (headers.get("x-api-key") or headers.get("authorization")):
            raise ApiError("authentication_error", "x-api-key header is required")
        if not headers.get("anthropic-version"):
            raise invalid("anthropic-version: header is required")

    def read(self, body: Any) -> Prompt:
        prompt = prompt_of(validate(body))
        validate_history(prompt)
        return prompt

    def usage(self, prompt: Prompt) -> Usage:
        return self._cache.usage(prompt)

    def counts(self, answer: Answer) -> dict[str, Any]:
        return events.counts(answer)

    def body(self, answer: Answer) -> dict[str, Any]:
        return events.message(answer)

    def frames(self, answer: Answer) -> Frames:
        return events.frames(answer)

    def failure(self, kind: str, message: str, answer: Answer, request_id: str, *, failed: bool) -> Frame:
        del answer, failed  # there is one way only
        return frame("error", _envelope(kind, message, request_id))

    def error(self, error: ApiError, request_id: str) -> tuple[int, dict[str, Any]]:
        return STATUS[error.kind], _envelope(error.kind, error.message, request_id)

    def headers(self, request_id: str, *, limited: bool = False) -> dict[str, str]:
        left = 0 if limited else _REQUESTS_A_MINUTE - 1
        return {
            "request-id": request_id,
            "anthropic-ratelimit-requests-limit": str(_REQUESTS_A_MINUTE),
            "anthropic-ratelimit-requests-remaining": str(left),
        }


def _envelope(kind: str, message: str, request_id: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}
