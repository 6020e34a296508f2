"""The account's budget of calls, which all replicas share through its row."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.logging import get_logger
from deployer.clients.budget import CallBudget
from deployer.db import calls
from deployer.domain.calls import Bucket, CallLimit, Quota
from deployer.errors import CloudflareThrottled
from deployer.metrics import CALLS_LEFT

logger = get_logger(__name__)


class SharedCallBudget(CallBudget):
    """One transaction a call, and none for the first of a deployment: its claim has taken the token."""

    def __init__(
        self, db: Database, account_id: str, limit: CallLimit, *, wait_seconds: float, longest_block: float
    ) -> None:
        """A call waits for its turn for `wait_seconds`; a block lasts for at most `longest_block` s."""
        self._db = db
        self._account = account_id
        self._limit = limit
        self._wait_seconds = wait_seconds
        self._longest_block = longest_block
        self._prepaid: deque[float] = deque()
        self._left = float(self._limit.burst)

    async def reserve(self, session: AsyncSession) -> float:
        """Takes the first call of a deployment to be begun, 0; or how long until one can begin, in seconds.

        Deployments that have begun come first: their calls find some of the budget kept for them.
        """
        return await self._take(session, 1 + self._limit.reserve)

    def prepaid(self) -> None:
        """The transaction of a `reserve` has been committed: its token is for the next call from here."""
        self._prepaid.append(time.monotonic() + self._limit.prepaid_seconds)

    async def take(self, what: str, until: float) -> None:
        """See CallBudget."""
        if self._is_prepaid():
            return
        deadline = min(until, time.monotonic() + self._wait_seconds)
        while True:
            async with self._db.begin() as session:
                seconds = await self._take(session, 1)
            if not seconds:
                return
            if time.monotonic() + seconds > deadline:
                raise CloudflareThrottled(
                    f"Cloudflare was not asked to {what}: the account's calls are used up or blocked, "
                    f"the next can be made in {seconds:.0f} s.",
                    retry_after=seconds,
                )
            await asyncio.sleep(seconds)

    async def correct(self, quota: Quota) -> None:
        """See CallBudget; costs nothing while Cloudflare knows of no more calls than we do."""
        if quota.left < self._left:
            await self._change(lambda bucket, now: bucket.corrected(quota, self._limit, now))

    async def block(self, seconds: float) -> None:
        """See CallBudget."""
        asked = min(seconds, self._longest_block)
        logger.warning("Cloudflare has blocked the account's calls", seconds=asked)
        await self._change(lambda bucket, now: bucket.blocked(asked, self._limit, now))

    def _is_prepaid(self) -> bool:
        while self._prepaid:
            if self._prepaid.popleft() > time.monotonic():
                return True
        return False

    async def _take(self, session: AsyncSession, tokens: float) -> float:
        row, now = await calls.lock(session, self._account, self._limit)
        bucket = calls.bucket_of(row)
        seconds = bucket.seconds_until(tokens, self._limit, now)
        if not seconds:
            calls.store(row, bucket := bucket.taken(self._limit, now))
        self._know(bucket)
        return seconds

    async def _change(self, change: Callable[[Bucket, datetime], Bucket]) -> None:
        async with self._db.begin() as session:
            row, now = await calls.lock(session, self._account, self._limit)
            bucket = change(calls.bucket_of(row), now)
            calls.store(row, bucket)
        self._know(bucket)

    def _know(self, bucket: Bucket) -> None:
        self._left = bucket.tokens
        CALLS_LEFT.set(bucket.tokens)
