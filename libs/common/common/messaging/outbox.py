"""The outbox: messages commit with the state change they tell of, and a relay publishes them after."""

import asyncio
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    String,
    delete,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from common.clock import utcnow
from common.contracts import Contract
from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.messaging.publisher import Bus, envelope
from common.metrics import OUTBOX_AGE_SECONDS, OUTBOX_DEAD, OUTBOX_PUBLISHED

_BATCH = 100
_POLL_SECONDS = 1.0
_REASON = 500

KEEP_DEAD = timedelta(days=30)
"""As long as the stream of dead letters keeps its own."""

logger = get_logger(__name__)


class OutboxMixin:
    """Columns of a service's outbox; the mapped class adds only its Base."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return "outbox"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index]:
        return (Index("ix_outbox_waiting", "id", postgresql_where=text("failed_at IS NULL")),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was given up because NATS will never take it; it stays until somebody decides."""
    reason: Mapped[str | None] = mapped_column(String(_REASON))


class Outbox:
    """A service's outbox. `model` is its mapped class with OutboxMixin."""

    poll_seconds: ClassVar[float] = _POLL_SECONDS

    def __init__(self, db: Database, bus: Bus, model: Any, service: str) -> None:
        self._db = db
        self._bus = bus
        self._model = model
        self._service = service
        self._wake = asyncio.Event()

    def add(self, session: AsyncSession, subject: str, contract: Contract) -> None:
        """Stores a message in the caller's transaction; it is published soon after the commit."""
        body = contract.model_dump_json().encode()
        session.add(self._model(subject=subject, headers=envelope(self._service, contract), body=body))
        if not event.contains(session.sync_session, "after_commit", self._after_commit):
            event.listen(session.sync_session, "after_commit", self._after_commit)

    def _after_commit(self, _session: object) -> None:
        self._wake.set()

    async def relay(self) -> None:
        """The loop that publishes what was committed, oldest first, whoever committed it."""
        counted = -math.inf
        while True:
            self._wake.clear()
            if await self._publish_batch() == _BATCH:
                continue
            if time.monotonic() >= counted + self.poll_seconds:
                await self._count_dead()
                counted = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.poll_seconds):
                    await self._wake.wait()

    async def flush(self) -> None:
        """Publishes what waits now, for a process that is about to end; raises Unavailable."""
        while await self._publish_batch() == _BATCH:
            pass

    async def _publish_batch(self) -> int:
        """Publishes and deletes one batch; a crash in between publishes it again under the same ids.

        The rows stay locked meanwhile, so that several replicas share the work without repeating it. What
        can never be published is given up: it stays for an operator and is not tried again. When NATS fails,
        what was published before is deleted all the same: repeated after JetStream's window for duplicates,
        it would no longer be recognised.
        """
        async with self._db.begin() as session:
            query = (
                select(self._model)
                .where(self._model.failed_at.is_(None))
                .order_by(self._model.id)
                .limit(_BATCH)
            )
            rows = (await session.scalars(query.with_for_update(skip_locked=True))).all()
            OUTBOX_AGE_SECONDS.set((utcnow() - rows[0].created_at).total_seconds() if rows else 0)
            published, failure = await self._publish(rows)
            if published:
                await session.execute(delete(self._model).where(self._model.id.in_(published)))
        if failure is not None:
            raise failure
        return len(rows)

    async def _count_dead(self) -> None:
        """Between batches only: behind a long queue there would be much to count through."""
        async with self._db.begin() as session:
            dead = select(func.count()).select_from(self._model).where(self._model.failed_at.is_not(None))
            OUTBOX_DEAD.set((await session.execute(dead)).scalar_one())

    async def _publish(self, rows: Sequence[Any]) -> tuple[list[int], AppError | None]:
        """The ids of what was published, and what ended it before all was tried."""
        published: list[int] = []
        for row in rows:
            try:
                await self._bus.publish(row.subject, row.body, row.headers)
            except AppError as error:
                if error.retryable:
                    return published, error
                _give_up(row, error)
                continue
            published.append(row.id)
            OUTBOX_PUBLISHED.labels(row.subject).inc()
        return published, None


def _give_up(row: Any, error: AppError) -> None:
    row.failed_at, row.reason = utcnow(), f"{error.code}: {error.message}"[:_REASON]
    logger.error(
        "message given up, it stays in the outbox", id=row.id, subject=row.subject, reason=row.reason
    )
