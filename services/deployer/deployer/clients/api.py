"""Calls to Cloudflare's API: time-outs, retries with full jitter within a budget, Retry-After."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from common.clock import utcnow
from common.logging import get_logger
from deployer.clients import envelope
from deployer.errors import CloudflareUnavailable
from deployer.metrics import CLOUDFLARE_CALLS, CLOUDFLARE_SECONDS

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0

logger = get_logger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """Seconds for one request, for one call with all its retries, and the most a Retry-After is heeded."""

    request_seconds: float = 30.0
    budget_seconds: float = 60.0
    retry_after_cap: float = 60.0


class Api:
    """One account's API. A call may be sent twice, or says by `already_done` how to see that it worked."""

    def __init__(self, client: httpx.AsyncClient, account_id: str, policy: RetryPolicy) -> None:
        self._client = client
        self._base = f"/accounts/{account_id}"
        self._policy = policy

    async def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        already_done: Callable[[], Awaitable[bool]] | None = None,
        **request: Any,
    ) -> Any:
        """The result; `what` completes the sentence "Cloudflare did not …".

        A request whose outcome is unknown is repeated only after `already_done` says that it had no effect.
        """
        deadline = time.monotonic() + self._policy.budget_seconds
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._once(method, path, what, deadline, request)
            except CloudflareUnavailable as error:
                pause = self._pause(attempt, error)
                if time.monotonic() + pause >= deadline:
                    raise
                logger.warning(
                    "cloudflare call repeated", what=what, attempt=attempt, pause=pause, why=error.message
                )
            await asyncio.sleep(pause)
            if already_done is not None and await already_done():
                return None

    async def _once(self, method: str, path: str, what: str, deadline: float, request: dict[str, Any]) -> Any:
        began = time.monotonic()
        seconds = max(0.1, min(self._policy.request_seconds, deadline - began))
        outcome = "error"
        try:
            # httpx times single reads; an answer that trickles in needs a limit on the whole.
            async with asyncio.timeout(seconds):
                response = await self._client.request(
                    method, f"{self._base}{path}", timeout=seconds, **request
                )
            outcome = str(response.status_code)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise CloudflareUnavailable(f"Cloudflare did not {what} within {seconds:.0f} s.") from error
        except httpx.HTTPError as error:
            raise CloudflareUnavailable(
                f"Cloudflare did not {what}: the connection failed ({type(error).__name__})."
            ) from error
        finally:
            CLOUDFLARE_CALLS.labels(method, outcome).inc()
            CLOUDFLARE_SECONDS.labels(method).observe(time.monotonic() - began)
        try:
            return envelope.parse(response, what)
        except CloudflareUnavailable as error:
            error.context["retry_after"] = _retry_after(response)
            raise

    def _pause(self, attempt: int, error: CloudflareUnavailable) -> float:
        asked = error.context.pop("retry_after", None)
        if isinstance(asked, float):
            return min(asked, self._policy.retry_after_cap)
        return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(value) - utcnow()).total_seconds()) if value else None
    return None
