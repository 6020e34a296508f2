"""The one work primitive: a row that one worker at a time works on, and how long that is tried.

Who claims a row gets a lease: a right for some seconds, renewed while the work goes on, with a fencing token
greater than any before. Every write asks for the row by its token, so that a worker whose lease was taken
over can harm nothing, however late it wakes up.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, DateTime, and_, func, inspect, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from common.clock import utcnow
from common.database import Database
from common.errors import AppError, Conflict, Timeout, Unavailable
from common.logging import get_logger

T = TypeVar("T")

_RENEWALS = 4  # in the time of a lease: a renewal that fails leaves room for others
_LATEST_RETRY_SECONDS = 1.0
_LAST_STEP_SECONDS = 0.1
_WAITING_SECONDS = 60.0  # longer than a message that waits is ever delayed
_ABANDONED_SECONDS = 5.0  # so often work without its worker is announced, until another has a place for it
_AWAY = (Unavailable, Timeout)

logger = get_logger(__name__)


class LeaseLost(Conflict):
    """The work is another's by now, or has been ended; nothing of it may be written any more."""

    code = "lease_lost"
    retryable = True


class Leased:
    """Columns of a row that is worked on under a lease."""

    lease_token: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Attempted:
    """Columns of a piece of work: how often it was begun, and how its attempts ended.

    `failures` were its own. `crashes` counts the attempts since the last one that ended in order, the present
    one included: those of which nothing was heard. `waiting_since` is set while what it needs is away.
    """

    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def begin_attempt(self) -> None:
        """Counts an attempt, as one that crashes until the opposite is known."""
        self.attempts += 1
        self.crashes += 1

    def end_attempt(self, error: BaseException) -> None:
        """Notes how an attempt has ended that another is to follow."""
        self.crashes = 0
        if isinstance(error, _AWAY):
            self.waiting_since = self.waiting_since or utcnow()
        else:
            self.waiting_since = None
            self.failures += not is_waiting(error)


L = TypeVar("L", bound=Leased)


@dataclass(frozen=True)
class Lease(Generic[L]):
    """The right to work on the row of `model` with the primary key `key`, for `seconds` at a time."""

    model: type[L]
    key: tuple[Any, ...]
    token: int
    seconds: float

    async def hold(self, session: AsyncSession) -> L:
        """Locks the row for the caller's transaction; raises LeaseLost."""
        row = await session.get(self.model, self.key, with_for_update=True, populate_existing=True)
        if row is None or row.lease_token != self.token:
            raise self._lost()
        return row

    async def renew(self, session: AsyncSession) -> None:
        """Extends the lease from now on; raises LeaseLost, also when it was released."""
        statement = update(self.model).where(self._mine(), self.model.lease_until.is_not(None))
        until = func.now() + timedelta(seconds=self.seconds)
        renewed = await session.execute(statement.values(lease_until=until).returning(self.model.lease_token))
        if renewed.first() is None:
            raise self._lost()

    async def release(self, session: AsyncSession) -> None:
        """Lets the next one have the row at once; does nothing when it is another's."""
        await session.execute(update(self.model).where(self._mine()).values(lease_until=None))

    def _mine(self) -> ColumnElement[bool]:
        return and_(_has_key(self.model, self.key), self.model.lease_token == self.token)

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"The work on {self.model.__tablename__} {'/'.join(self.key)} is another's by now.")  # type: ignore[attr-defined]  # every mapped class has its table


async def claim(
    session: AsyncSession,
    model: type[L],
    key: tuple[Any, ...],
    seconds: float,
    *conditions: ColumnElement[bool],
) -> Lease[L] | None:
    """A lease on the row; None when it is in other hands or does not meet the conditions.

    The database's clock alone decides what has run out, whatever the clocks of the replicas say.
    """
    statement = (
        update(model)
        .where(_has_key(model, key), is_free(model), *conditions)
        .values(lease_token=model.lease_token + 1, lease_until=func.now() + timedelta(seconds=seconds))
        .returning(model.lease_token)
    )
    token = await session.scalar(statement)
    return None if token is None else Lease(model, key, token, seconds)


def is_free(model: type[L]) -> ColumnElement[bool]:
    """Whether nobody works on a row, as a condition of a query."""
    return or_(model.lease_until.is_(None), model.lease_until < func.now())


def stands_still(
    lease: type[Leased], work: type[Attempted], touched: Any, *, seconds: float
) -> ColumnElement[bool]:
    """Whether nobody works on `work` any more: its worker is gone, or its message has been lost.

    `touched` is the column of when something last happened to it. Work that waits has its message still,
    which is delayed: another one every few seconds would only make more of them.
    """
    waits = work.waiting_since.is_not(None)
    quiet = or_(
        and_(~waits, touched < func.now() - timedelta(seconds=seconds)),
        touched < func.now() - timedelta(seconds=_WAITING_SECONDS),
    )
    abandoned = touched < func.now() - timedelta(seconds=_ABANDONED_SECONDS)
    return or_(and_(lease.lease_until < func.now(), abandoned), and_(lease.lease_until.is_(None), quiet))


def revoke(row: Leased) -> None:
    """Takes the lease from whoever works on a row that the caller has locked.

    Nobody else gets it before its time is over: its holder learns of it with the next renewal only.
    """
    row.lease_token += 1


async def under_lease(
    db: Database, lease: Lease[Any], work: Coroutine[Any, Any, T], *, every: float | None = None
) -> T:
    """Does the work while the lease is renewed. Raises LeaseLost, the work cancelled, once it is another's.

    A renewal that cannot be asked for ends nothing. While the database is away nobody else can take the
    lease either, and when it is back the token says whose the row is; so a model's answer that has been
    paid for, or half an upload, is not thrown away for one lost renewal. What changes something outside the
    database calls `hold` right before. `every`, in seconds, is also how soon an end from outside is seen.
    """
    usual = every or lease.seconds / _RENEWALS
    working = asyncio.create_task(work)
    pause = usual
    try:
        while not (await asyncio.wait([working], timeout=pause))[0]:
            pause = usual if await _renew(db, lease) else min(usual, _LATEST_RETRY_SECONDS)
        return await working
    except LeaseLost:
        # Work that releases its lease with its last step has ended well, whoever asks for a renewal then.
        if (await asyncio.wait([working], timeout=_LAST_STEP_SECONDS))[0]:
            return await working
        raise
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _renew(db: Database, lease: Lease[Any]) -> bool:
    """False when it could not be asked for; raises LeaseLost."""
    try:
        async with asyncio.timeout(lease.seconds / _RENEWALS), db.begin() as session:
            await lease.renew(session)
    except (Unavailable, Timeout, TimeoutError) as error:
        logger.warning(
            "lease not renewed, to be tried again", key=lease.key, reason=str(error) or "no answer"
        )
        return False
    return True


@dataclass(frozen=True)
class Patience:
    """How long a piece of work is tried: until it has failed by itself `failures` times, what it needs has
    been away for `seconds`, or `crashes` attempts in a row have ended their own process.
    """

    failures: int
    seconds: float
    crashes: int = 30

    def ends(self, work: Attempted, error: Exception) -> bool:
        """Whether the attempt that ends with `error` is the last."""
        if isinstance(error, AppError) and not error.retryable:
            return True
        if isinstance(error, _AWAY):
            since = work.waiting_since
            return since is not None and utcnow() - since > timedelta(seconds=self.seconds)
        return not is_waiting(error) and work.failures + 1 >= self.failures

    def is_over(self, work: Attempted) -> bool:
        """Whether there must be no further attempt than those that were begun before the present one."""
        return work.crashes > self.crashes or work.failures >= self.failures


def is_waiting(error: BaseException) -> bool:
    """Whether it says that something else is away or in the way, which is no failure of the work itself."""
    return not isinstance(error, Exception) or isinstance(error, (*_AWAY, LeaseLost))


def _has_key(model: type[L], key: tuple[Any, ...]) -> ColumnElement[bool]:
    columns = inspect(model).primary_key
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))
