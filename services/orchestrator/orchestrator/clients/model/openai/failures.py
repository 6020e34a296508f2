"""What the errors of the OpenAI API, and of servers that imitate it, mean."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from common.errors import AppError
from orchestrator.clients.model.failures import IN_STREAM, Refusal, judged

if TYPE_CHECKING:
    import openai

_PASSING = frozenset(
    {
        "server_error",
        "rate_limit_exceeded",
        "rate_limit_error",
        "slow_down",
        "overloaded_error",
        "server_is_overloaded",
        "timeout",
        "vector_store_timeout",
    }
)
_PERMANENT = ("invalid", "policy", "image", "not_found", "unsupported", "residency", "too_large", "exceeded")
_MONEY = ("insufficient_quota", "billing", "account_deactivated", "credit")
_ACCOUNT = ("api_key", "authentication", "permission", "organization", "project")
_TOO_LONG = ("context_length_exceeded", "string_above_max_length", "request_too_large")
_TOO_LONG_WORDS = ("maximum context length", "context window", "context length")


def from_status(error: "openai.APIStatusError") -> AppError:
    """The vendor answered with an HTTP error."""
    body = {"code": error.code, "type": error.type, "message": error.message}
    return _judged(body, error.status_code, error.response.headers)


def from_event(event: Mapping[str, Any], headers: Mapping[str, str]) -> AppError | None:
    """What the vendor says went wrong in the middle of a stream; None for events that tell of no error."""
    match event.get("type"):
        case "error":
            nested = event.get("error")
            return _judged(nested if isinstance(nested, Mapping) else event, IN_STREAM, headers)
        case "response.failed":
            return _judged(event["response"].get("error") or {}, IN_STREAM, headers)
    return None


def _judged(error: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> AppError:
    code, message = str(error.get("code") or ""), str(error.get("message") or "no details")
    kind = code or str(error.get("type") or "unknown")
    words = f"{code} {error.get('type') or ''}"
    return judged(
        Refusal(
            kind=kind, status=status, message=message, code=code or None, headers=headers,
            request_id=headers.get("x-request-id"),
            passing=_passing(kind, status),
            money=any(word in words for word in _MONEY),
            account=any(word in code for word in _ACCOUNT),
            unknown_model=code == "model_not_found",
            too_long=_too_long(code, status, message),
        )
    )  # fmt: skip


def _passing(kind: str, status: int) -> bool | None:
    """What the word says; of an HTTP error the status says more."""
    if kind in _PASSING:
        return True
    if status == IN_STREAM and any(word in kind for word in _PERMANENT):
        return False
    return None


def _too_long(code: str, status: int, message: str) -> bool:
    """Local servers have no code for it, only words."""
    if code in _TOO_LONG or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return True
    in_vain = status in {HTTPStatus.BAD_REQUEST, IN_STREAM}
    return in_vain and any(word in message.lower() for word in _TOO_LONG_WORDS)
