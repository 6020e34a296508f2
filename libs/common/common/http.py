"""HTTP clients to other services: time-outs on everything, trace and request ids sent along."""

import httpx
import structlog
from pydantic import SecretStr

from common.tracing import current_traceparent

DEFAULT_TIMEOUT = httpx.Timeout(10.0, connect=3.0)


async def _send_context(request: httpx.Request) -> None:
    request.headers["traceparent"] = current_traceparent()
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        request.headers["x-request-id"] = str(request_id)


def http_client(
    base_url: str, *, token: SecretStr | None = None, timeout: httpx.Timeout = DEFAULT_TIMEOUT
) -> httpx.AsyncClient:
    """A pooled client; `token` is sent as the bearer token."""
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return httpx.AsyncClient(
        base_url=base_url, headers=headers, timeout=timeout, event_hooks={"request": [_send_context]}
    )
