"""Calls to Cloudflare's API: time-outs, and retries within a budget of time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from common.errors import AppError
from common.http import translated
from common.logging import get_logger
from common.retry import Backoff, retry_after, retrying
from deployer.clients import envelope
from deployer.clients.budget import CallBudget, quota_of
from deployer.errors import CloudflareThrottled, CloudflareUnavailable
from deployer.metrics import CLOUDFLARE_CALLS, CLOUDFLARE_SECONDS

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 10.0
UNNAMED_BLOCK = 10.0

logger = get_logger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """Seconds for one request, for one call with all its retries, and the longest wait that is asked for.

    Who is asked to wait longer gives up its slot meanwhile: the error that is raised says for how long.
    """

    request_seconds: float = 30.0
    budget_seconds: float = 60.0
    wait_seconds: float = 5.0


class Api:
    """One account's API. A call may be sent twice, or says by `already_done` how to see that it worked."""

    def __init__(
        self, client: httpx.AsyncClient, account_id: str, policy: RetryPolicy, budget: CallBudget
    ) -> None:
        self._client = client
        self._base = f"/accounts/{account_id}"
        self._policy = policy
        self._budget = budget

    async def call(
        self,
        method: str,
        path: str,
        *,
        what: str,
        already_done: Callable[[], Awaitable[bool]] | None = None,
        unanswered: Callable[[], None] | None = None,
        **request: Any,
    ) -> Any:
        """The result; `what` completes the sentence "Cloudflare did not …".

        A request whose outcome is unknown is repeated only after `already_done` says that it had no effect,
        and told by `unanswered`: it may take effect later, even after its repetition.
        """
        deadline = time.monotonic() + self._policy.budget_seconds
        backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE, heeded=self._policy.wait_seconds)
        sent = False

        async def attempt() -> Any:
            nonlocal sent
            if sent and already_done is not None and await already_done():
                return None
            sent = True
            try:
                return await self._once(method, path, what, deadline, request)
            except CloudflareUnavailable as error:
                if unanswered is not None and not isinstance(error, CloudflareThrottled):
                    unanswered()
                raise

        return await retrying(
            backoff, budget=self._policy.budget_seconds, when=self._may_pass, what=f"have Cloudflare {what}"
        )(attempt)

    async def _once(self, method: str, path: str, what: str, deadline: float, request: dict[str, Any]) -> Any:
        await self._budget.take(what, deadline)
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
        if (quota := quota_of(response.headers)) is not None:
            await self._heed(self._budget.correct(quota))
        try:
            return envelope.parse(response, what)
        except CloudflareThrottled as error:
            asked = retry_after(response.headers)
            error.retry_after = UNNAMED_BLOCK if asked is None else asked
            await self._heed(self._budget.block(error.retry_after))
            raise
        except CloudflareUnavailable as error:
            error.retry_after = retry_after(response.headers)
            raise

    async def _heed(self, change: Awaitable[None]) -> None:
        """An answer counts, whether or not what it says of the limit can be stored."""
        try:
            await change
        except AppError as error:
            logger.warning("the budget of calls was not corrected", code=error.code, reason=error.message)

    def _may_pass(self, error: BaseException) -> bool:
        """Whether the same request is worth repeating while its caller waits."""
        if not isinstance(error, CloudflareUnavailable):
            return False
        return error.retry_after is None or error.retry_after <= self._policy.wait_seconds
