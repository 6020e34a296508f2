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
    code = "invalid_input"
    status = 422


class Unauthorized(AppError):
    code = "unauthorized"
    status = 401


class NotFound(AppError):
    code = "not_found"
    status = 404


class Conflict(AppError):
    code = "conflict"
    status = 409


class PreconditionFailed(AppError):
    code = "precondition_failed"
    status = 412


class PayloadTooLarge(AppError):
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


class Timeout(AppError):
    code = "timeout"
    status = 504
    retryable = True
