"""Calls to Cloudflare's API: time-outs, and retries within a budget of time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from common.http import translated
from common.retry import Backoff, retry_after, retrying
from deployer.clients import envelope
from deployer.errors import CloudflareUnavailable
from deployer.metrics import CLOUDFLARE_CALLS, CLOUDFLARE_SECONDS

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0


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
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE, heeded=self._policy.retry_after_cap)
        sent = False

        async def attempt() -> Any:
            nonlocal sent
            if sent and already_done is not None and await already_done():
                return None
            sent = True
            return await self._once(method, path, what, deadline, request)

        return await retrying(
            backoff, budget=self._policy.budget_seconds, when=_may_pass, what=f"have Cloudflare {what}"
        )(attempt)

    async def _once(self, method: str, path: str, what: str, deadline: float, request: dict[str, Any]) -> Any:
        began = time.monotonic()
        seconds = max(0.1, min(self._policy.request_seconds, deadline - began))
        outcome = "error"
        try:
            # httpx times single reads; an answer that trickles in needs a limit on the whole.
            with translated(f"Cloudflare, asked to {what},", CloudflareUnavailable):
                async with asyncio.timeout(seconds):
                    response = await self._client.request(
                        method, f"{self._base}{path}", timeout=seconds, **request
                    )
            outcome = str(response.status_code)
        finally:
            CLOUDFLARE_CALLS.labels(method, outcome).inc()
            CLOUDFLARE_SECONDS.labels(method).observe(time.monotonic() - began)
        try:
            return envelope.parse(response, what)
        except CloudflareUnavailable as error:
            error.retry_after = retry_after(response.headers)
            raise


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, CloudflareUnavailable)
