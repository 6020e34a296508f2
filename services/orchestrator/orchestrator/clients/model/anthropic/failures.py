"""What the errors of the Anthropic API mean."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from common.errors import AppError
from orchestrator.clients.model.failures import IN_STREAM, Refusal, judged

if TYPE_CHECKING:
    import anthropic

_PASSING = frozenset({"rate_limit_error", "overloaded_error", "api_error", "timeout_error", "conflict_error"})
_PERMANENT = frozenset(
    {
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
    }
)
_MONEY = ("spend_limit", "billing", "credit", "on_hold", "ramp_limit")
_ACCOUNT = frozenset({"authentication_error", "billing_error", "permission_error"})


def from_status(error: "anthropic.APIStatusError") -> AppError:
    """The vendor answered with an HTTP error."""
    message = error.api_message or error.message
    return _judged(error.type, message, error.status_code, error.response.headers, error.error_code)


def from_event(body: Mapping[str, Any], headers: Mapping[str, str]) -> AppError:
    """The vendor sent an error event in the middle of a stream, which had begun with status 200."""
    error = body.get("error") or {}
    code = (error.get("details") or {}).get("error_code")
    return _judged(error.get("type"), error.get("message"), IN_STREAM, headers, code)


def _judged(
    type_: str | None, message: str | None, status: int, headers: Mapping[str, str], code: str | None
) -> AppError:
    kind, message = str(type_ or "unknown"), str(message or "no details")
    return judged(
        Refusal(
            kind=kind, status=status, message=message, code=code, headers=headers,
            request_id=headers.get("request-id"),
            passing=True if kind in _PASSING else False if kind in _PERMANENT else None,
            money=any(word in (code or "") for word in _MONEY),
            account=kind in _ACCOUNT,
            unknown_model=kind == "not_found_error",
            too_long=_too_long(kind, message),
        )
    )  # fmt: skip


def _too_long(kind: str, message: str) -> bool:
    """Whether the request is longer than the model's context window, or than the vendor takes at all."""
    return kind == "request_too_large" or (
        kind == "invalid_request_error" and "prompt is too long" in message.lower()
    )
