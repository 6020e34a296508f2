"""Refusals and failures, free of any wire format; each wire answers them with its own status and envelope."""

KINDS = (
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "overloaded_error",
)
"""What may be wrong, in the words of Anthropic's error types."""


class ApiError(Exception):
    """An answer that is an error. `kind` is one of KINDS; not every wire tells `param` and `code`."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.param = param
        self.code = code
        self.headers = headers or {}


class PromptTooLong(ApiError):
    """The prompt is longer than what the model reads; each vendor has its own words for it."""

    def __init__(self, tokens: int, window: int) -> None:
        super().__init__(
            "invalid_request_error", f"prompt is too long: {tokens} tokens > {window} maximum", param="input"
        )


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError("invalid_request_error", message, param=param, code=code)
