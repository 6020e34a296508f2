"""Errors that know what to tell a person, a client and a message loop."""

from typing import ClassVar


class AppError(Exception):
    """Base of all expected errors.

    `code` is stable and for programs, the message says what happened, with which input, and what to do.
    `context` goes into the problem document and the log: never put a secret there.
    `retryable` tells the message loop and clients whether the same request may succeed later; `retry_after`
    is the time to wait before, in seconds, where somebody has named one.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    retry_after: float | None = None

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.context = context


class InvalidInput(AppError):
    """What was sent cannot be understood or is not allowed; the same again fails again."""

    code = "invalid_input"
    status = 422


class Unauthorized(AppError):
    """There is no key or token, or none that is valid."""

    code = "unauthorized"
    status = 401


class NotFound(AppError):
    """There is no such thing, or it is not for this caller: the two are not told apart."""

    code = "not_found"
    status = 404


class Conflict(AppError):
    """The thing is in a state in which this cannot be done."""

    code = "conflict"
    status = 409


class PreconditionFailed(AppError):
    """The thing has changed since the caller read it (If-Match)."""

    code = "precondition_failed"
    status = 412


class PayloadTooLarge(AppError):
    """More bytes than are accepted."""

    code = "payload_too_large"
    status = 413


class Unavailable(AppError):
    """Something that is needed is away or busy; `retry_after` is its own wish in seconds, if it has one."""

    code = "unavailable"
    status = 503
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, **context: object) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class Busy(Unavailable):
    """Too many want the same thing at once."""

    code = "busy"


class TooManyRequests(AppError):
    """The caller asks for more than its share."""

    code = "too_many_requests"
    status = 429
    retryable = True


class Timeout(AppError):
    """What is needed did not answer in time; whether it has acted is not known."""

    code = "timeout"
    status = 504
    retryable = True
