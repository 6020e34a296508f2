"""What a failure of the Anthropic SDK means: may it pass, or is asking again in vain."""

import email.utils
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from common.errors import AppError
from orchestrator.errors import ModelCut, ModelRejected, ModelUnavailable

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
_PASSING_STATUSES = frozenset({200, 408, 409, 429})  # 200: an error event in the middle of a stream
_MONEY = ("spend_limit", "billing", "credit", "on_hold", "ramp_limit")
_MAX_DETAIL = 300


def from_status(error: "anthropic.APIStatusError") -> AppError:
    """An HTTP error, or an error event in a stream that had begun with status 200.

    The type in the body decides, as the status of a stream says nothing; the vendor's own `x-should-retry`
    outranks both, and what is a matter of money never passes.
    """
    detail = (error.api_message or error.message)[:_MAX_DETAIL]
    kind = error.type or "unknown"
    where = f"HTTP {error.status_code}, {kind}"
    context = {"vendor_status": error.status_code, "vendor_error": kind, "vendor_request": error.request_id}
    if _may_pass(error):
        return ModelUnavailable(
            f"The model is not available just now ({where}): {detail}",
            retry_after=retry_after(error.response.headers),
            **context,
        )
    return ModelRejected(f"The model's vendor refuses the request ({where}): {detail}", **context)


def from_transport(error: Exception, *, started: bool) -> AppError:
    """A connection that failed: before the answer began, or in the middle of it."""
    name = type(error).__name__
    if started:
        return ModelCut(f"The model's answer broke off ({name}).")
    return ModelUnavailable(f"The model's vendor cannot be reached ({name}).")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by the vendor's own word, given in milliseconds, seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(float(headers[name]) * unit, 0.0)
        except (KeyError, ValueError):
            continue
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(email.utils.mktime_tz(date) - time.time(), 0.0) if date else None


def _may_pass(error: "anthropic.APIStatusError") -> bool:
    if any(word in (error.error_code or "") for word in _MONEY):
        return False
    advice = error.response.headers.get("x-should-retry")
    if advice in {"true", "false"} and error.status_code != 200:
        return bool(advice == "true")
    if error.type in _PERMANENT:
        return False
    return error.type in _PASSING or error.status_code >= 500 or error.status_code in _PASSING_STATUSES
