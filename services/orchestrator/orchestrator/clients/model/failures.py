"""What a vendor's failure is to us: may it pass, or is asking again in vain.

People who use an app read our words only: the vendor's go to the log, where operators find them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from common.errors import AppError
from common.logging import get_logger, redact
from common.retry import retry_after
from orchestrator.errors import ModelCut, ModelRejected, ModelTooLong, ModelUnavailable

IN_STREAM = 200
"""The status of an answer that tells of its error in the middle of a stream."""

_PASSING_STATUSES = frozenset({IN_STREAM, 408, 409, 429})
_ACCOUNT_STATUSES = frozenset({401, 402, 403})
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})  # httpx's, below the SDKs' own
_MAX_DETAIL = 300
_SEE_LOG = "The platform's operators find the reason in its log under the code model_rejected."

logger = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An error as a vendor tells it, read by who knows the vendor.

    `kind`: the vendor's word for it; `code`: a finer one. `passing` None: that word says nothing about it,
    so the status decides. `money` and `account` are for the platform's operators to put in order.
    """

    kind: str
    status: int
    message: str
    headers: Mapping[str, str]
    request_id: str | None
    code: str | None = None
    passing: bool | None = None
    money: bool = False
    account: bool = False
    unknown_model: bool = False
    too_long: bool = False


def judged(refusal: Refusal) -> AppError:
    """The vendor's word decides, as the status of a stream says nothing.

    The vendor's own `x-should-retry` outranks it, and what is a matter of money or of length never passes.
    """
    context = {
        "vendor_status": refusal.status, "vendor_error": refusal.kind, "vendor_request": refusal.request_id,
    }  # fmt: skip
    passing = _passes(refusal)
    logger.warning(
        "model's vendor answered with an error",
        passing=passing,
        detail=redact(refusal.message[:_MAX_DETAIL]),
        error_code=refusal.code,
        **context,
    )
    if passing:
        wish = retry_after(refusal.headers) if refusal.status != IN_STREAM else None
        return ModelUnavailable("The model is not available just now.", retry_after=wish, **context)
    if refusal.too_long:
        return ModelTooLong(f"The conversation is too long for the model. {_SEE_LOG}", **context)
    return ModelRejected(f"{_reason(refusal)} {_SEE_LOG}", **context)


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


def _passes(refusal: Refusal) -> bool:
    advice = refusal.headers.get("x-should-retry") if refusal.status != IN_STREAM else None
    if refusal.money or refusal.too_long:
        return False
    if advice in {"true", "false"}:
        return advice == "true"
    if refusal.passing is not None:
        return refusal.passing
    return refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR or refusal.status in _PASSING_STATUSES


def _reason(refusal: Refusal) -> str:
    if refusal.money or refusal.account or refusal.status in _ACCOUNT_STATUSES:
        return "The platform's account with the model's vendor is not in order."
    if refusal.unknown_model or refusal.status == HTTPStatus.NOT_FOUND:
        return "The model's vendor does not offer this app's model."
    return "The model's vendor refuses the platform's request."
