"""The Responses API as the simulator's HTTP side uses it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dev.simulator.turn import Vendor
from dev.simulator.wire.answer import Answer, Usage
from dev.simulator.wire.errors import ApiError, PromptTooLong
from dev.simulator.wire.openai import events
from dev.simulator.wire.openai.cache import StepCache
from dev.simulator.wire.openai.messages import prompt_of
from dev.simulator.wire.openai.validation import validate
from dev.simulator.wire.prompt import Prompt
from dev.simulator.wire.stream import Frame, Frames, frame


class _Told(NamedTuple):
    """How an error is told."""

    status: int
    type: str
    code: str | None


_ERRORS: dict[str, _Told] = {
    "invalid_request_error": _Told(400, "invalid_request_error", None),
    "authentication_error": _Told(401, "invalid_request_error", "invalid_api_key"),
    "billing_error": _Told(429, "insufficient_quota", "insufficient_quota"),
    "permission_error": _Told(403, "invalid_request_error", "unsupported_country_region_territory"),
    "not_found_error": _Told(404, "invalid_request_error", None),
    "request_too_large": _Told(413, "invalid_request_error", "request_too_large"),
    "rate_limit_error": _Told(429, "requests", "rate_limit_exceeded"),
    "api_error": _Told(500, "server_error", "server_error"),
    "overloaded_error": _Told(503, "service_unavailable_error", "server_is_overloaded"),
}
_REQUESTS_A_MINUTE = 10_000
_TOO_LONG = "Your input exceeds the context window of this model. Please adjust your input and try again."


class OpenAIWire:
    vendor: Vendor = "openai"
    max_body = 512 * 1024 * 1024
    ping: bytes | None = None

    def __init__(self) -> None:
        self._cache = StepCache()

    def authorise(self, headers: Mapping[str, str]) -> None:
        if not headers.get("authorization", "").removeprefix("Bearer").strip():
            raise ApiError("authentication_error", "Missing bearer authentication in header")

    def read(self, body: Any) -> Prompt:
        return prompt_of(validate(body))

    def usage(self, prompt: Prompt) -> Usage:
        return self._cache.usage(prompt)

    def counts(self, answer: Answer) -> dict[str, Any]:
        return events.counts(answer)

    def body(self, answer: Answer) -> dict[str, Any]:
        return events.response(answer)

    def frames(self, answer: Answer) -> Frames:
        return events.frames(answer)

    def failure(self, kind: str, message: str, answer: Answer, request_id: str, *, failed: bool) -> Frame:
        del request_id  # in the header alone
        code = _ERRORS[kind].code if kind in _ERRORS else kind
        number = len(events.frames(answer).frames)  # behind all that may have been sent
        if failed:
            told = "rate_limit_exceeded" if kind == "rate_limit_error" else "server_error"
            return events.failed(answer, told, message, number)
        data = {"type": "error", "code": code, "message": message, "param": None, "sequence_number": number}
        return frame("error", data)

    def error(self, error: ApiError, request_id: str) -> tuple[int, dict[str, Any]]:
        del request_id  # in the header alone
        told = _ERRORS[error.kind]
        message, code = error.message, error.code or told.code
        if isinstance(error, PromptTooLong):
            message, code = _TOO_LONG, "context_length_exceeded"
        body = {"message": message, "type": told.type, "param": error.param, "code": code}
        return told.status, {"error": body}

    def headers(self, request_id: str, *, limited: bool = False) -> dict[str, str]:
        left = 0 if limited else _REQUESTS_A_MINUTE - 1
        return {
            "x-request-id": request_id,
            "openai-version": "2020-10-01",
            "x-ratelimit-limit-requests": str(_REQUESTS_A_MINUTE),
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": "1s" if limited else "6ms",
        }
