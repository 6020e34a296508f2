"""Cloudflare's answers: the envelope, its error codes, and the bodies that are neither."""

import re
from typing import Any

import httpx

from deployer.errors import (
    CloudflareAbsent,
    CloudflareDenied,
    CloudflareInvalidScript,
    CloudflareQuota,
    CloudflareRejected,
    CloudflareThrottled,
    CloudflareTooLarge,
    CloudflareUnavailable,
)

# What each code of Cloudflare's means to us; a code not listed is judged by the HTTP status.
_CODES: dict[int, type[CloudflareRejected | CloudflareUnavailable]] = {
    **dict.fromkeys((10000, 9103, 9106, 9109, 6003), CloudflareDenied),
    **dict.fromkeys((10006, 10007, 10090, 100146), CloudflareAbsent),
    **dict.fromkeys((10002, 10013, 10014, 10035), CloudflareUnavailable),
    **dict.fromkeys(
        (10016, 10026, 10052, 10054, 10055, 10056, 10057, 10063, 10068, 10069), CloudflareRejected
    ),
    10021: CloudflareInvalidScript,
    10027: CloudflareTooLarge,
    **dict.fromkeys((10015, 10023, 10037, 10075), CloudflareQuota),
    971: CloudflareThrottled,
}
# What is never closed goes on to the end: to look for a close in vain at every beginning would take too long.
_TAGS = re.compile(r"<(script|style)\b.*?(?:</\1>|\Z)|<[^<>]*+>?+", re.DOTALL | re.IGNORECASE)
_SHOWN = 300


def parse(response: httpx.Response, what: str) -> Any:
    """The `result` of a successful answer; raises the error that the answer amounts to."""
    body = _json(response)
    if response.is_success and body is not None and body.get("success") is True:
        return body.get("result")
    errors = [error for error in (body or {}).get("errors") or () if isinstance(error, dict)]
    kind = _kind(response, errors)
    raise kind(f"Cloudflare did not {what}: {_reason(response, body, errors)}", **_context(response, errors))


def failed_code(error: CloudflareRejected | CloudflareUnavailable) -> int | None:
    """Cloudflare's own first error code, if it gave one."""
    code = error.context.get("cloudflare_code")
    return code if isinstance(code, int) else None


def _json(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) and "success" in body else None


def _kind(
    response: httpx.Response, errors: list[dict[str, Any]]
) -> type[CloudflareRejected | CloudflareUnavailable]:
    if response.status_code == 429:
        return CloudflareThrottled
    for error in errors:
        known = _CODES.get(error.get("code", 0))
        if known is not None:
            return known
    if response.status_code in {401, 403}:
        return CloudflareDenied
    if response.status_code == 404:
        return CloudflareAbsent
    # A success without an envelope, or a 5xx page: something between us and the API spoke.
    if response.status_code >= 500 or response.is_success or response.status_code == 408:
        return CloudflareUnavailable
    return CloudflareRejected


def _reason(response: httpx.Response, body: dict[str, Any] | None, errors: list[dict[str, Any]]) -> str:
    ray = response.headers.get("cf-ray")
    suffix = f" (HTTP {response.status_code}{f', cf-ray {ray}' if ray else ''})"
    if errors:
        return (
            "; ".join(f"{error.get('message', 'no message')} [{error.get('code')}]" for error in errors)
            + suffix
        )
    if body is not None:
        return f"it said no more{suffix}"
    text = " ".join(_TAGS.sub(" ", response.text).split())[:_SHOWN] or "an empty body"
    return f"the answer is not the API's: {text}{suffix}"


def _context(response: httpx.Response, errors: list[dict[str, Any]]) -> dict[str, Any]:
    context: dict[str, Any] = {"http_status": response.status_code}
    if ray := response.headers.get("cf-ray"):
        context["cf_ray"] = ray
    if errors and isinstance(errors[0].get("code"), int):
        context["cloudflare_code"] = errors[0]["code"]
    return context
