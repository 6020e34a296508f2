"""What a failure of the Anthropic SDK means: may it pass, or is asking again in vain.

People who use an app read our words only: the vendor's go to the log, where operators find them.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from common.errors import AppError
from common.logging import get_logger, redact
from common.retry import retry_after
from orchestrator.errors import ModelCut, ModelRejected, ModelTooLong, ModelUnavailable

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
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})  # httpx's, below the SDK's own
_MONEY = ("spend_limit", "billing", "credit", "on_hold", "ramp_limit")
_ACCOUNT = frozenset({"authentication_error", "billing_error", "permission_error"})
_ACCOUNT_STATUSES = frozenset({401, 402, 403})
_MAX_DETAIL = 300
_SEE_LOG = "The platform's operators find the reason in its log under the code model_rejected."

logger = get_logger(__name__)


def from_status(error: "anthropic.APIStatusError") -> AppError:
    """The vendor answered with an HTTP error."""
    details = {"error": {"type": error.type, "message": error.api_message or error.message}}
    return _judged(details, error.status_code, error.response.headers, error.error_code)


def from_event(body: Mapping[str, Any], headers: Mapping[str, str]) -> AppError:
    """The vendor sent an error event in the middle of a stream, which had begun with status 200."""
    details = (body.get("error") or {}).get("details") or {}
    return _judged(body, 200, headers, details.get("error_code"))


def from_transport(error: Exception, *, started: bool) -> AppError:
    """A connection that failed: before the answer began, or in the middle of it."""
    logger.warning("model's vendor not heard", error=type(error).__name__, started=started)
    if started:
        return ModelCut("The model's answer broke off.")
    return ModelUnavailable("The model's vendor cannot be reached.")


def may_be_billed(error: AppError) -> bool:
    """Whether the vendor may have read a request that failed like this before its answer began.

    An error status says that it did not take it; a connection that was never made, that it could not.
    """
    failed: BaseException | None = error
    while failed is not None:
        if type(failed).__name__ in _NEVER_SENT:
            return False
        failed = failed.__cause__
    return "vendor_status" not in error.context


def _judged(
    body: Mapping[str, Any], status: int, headers: Mapping[str, str], error_code: str | None
) -> AppError:
    """The type in the body decides, as the status of a stream says nothing.

    The vendor's own `x-should-retry` outranks it, and what is a matter of money never passes.
    """
    error = body.get("error") or {}
    kind = str(error.get("type") or "unknown")
    context = {"vendor_status": status, "vendor_error": kind, "vendor_request": headers.get("request-id")}
    advice = headers.get("x-should-retry") if status != 200 else None
    money = any(word in (error_code or "") for word in _MONEY)
    if money:
        passing = False
    elif advice in {"true", "false"}:
        passing = advice == "true"
    else:
        passing = kind in _PASSING or (kind not in _PERMANENT and _passing_status(status))
    detail = redact(str(error.get("message") or "no details")[:_MAX_DETAIL])
    logger.warning(
        "model's vendor answered with an error",
        passing=passing,
        detail=detail,
        error_code=error_code,
        **context,
    )
    if passing:
        wish = retry_after(headers) if status != 200 else None
        return ModelUnavailable("The model is not available just now.", retry_after=wish, **context)
    if _too_long(kind, str(error.get("message"))):
        return ModelTooLong(f"The conversation is too long for the model. {_SEE_LOG}", **context)
    account = money or kind in _ACCOUNT or status in _ACCOUNT_STATUSES
    return ModelRejected(f"{_reason(kind, status, account=account)} {_SEE_LOG}", **context)


def _reason(kind: str, status: int, *, account: bool) -> str:
    if account:
        return "The platform's account with the model's vendor is not in order."
    if kind == "not_found_error" or status == HTTPStatus.NOT_FOUND:
        return "The model's vendor does not offer this app's model."
    return "The model's vendor refuses the platform's request."


def _too_long(kind: str, message: str) -> bool:
    """Whether the request is longer than the model's context window, or than the vendor takes at all."""
    return kind == "request_too_large" or (
        kind == "invalid_request_error" and "prompt is too long" in message.lower()
    )


def _passing_status(status: int) -> bool:
    return status >= 500 or status in _PASSING_STATUSES
