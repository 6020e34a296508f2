"""The outbox: messages commit with the state change they tell of, and a relay publishes them after."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, LargeBinary, String, delete, event, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from common.clock import utcnow
from common.contracts import Contract
from common.database import Database
from common.errors import AppError, PayloadTooLarge
from common.messaging.publisher import Bus, envelope
from common.metrics import OUTBOX_AGE_SECONDS, OUTBOX_PUBLISHED

_BATCH = 100
_POLL_SECONDS = 1.0


class OutboxMixin:
    """Columns of a service's outbox; the mapped class adds only its Base."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


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
        while True:
            self._wake.clear()
            if await self._publish_batch() == _BATCH:
                continue
            try:
                async with asyncio.timeout(self.poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _publish_batch(self) -> int:
        """Publishes and deletes one batch; a crash in between publishes it again under the same ids.

        The rows stay locked meanwhile, so that several replicas share the work without repeating it. What
        cannot be published stays, but does not keep what was published before it: when that is repeated
        after JetStream's window for duplicates, it is no longer recognised.
        """
        async with self._db.begin() as session:
            query = select(self._model).order_by(self._model.id).limit(_BATCH)
            rows = (await session.scalars(query.with_for_update(skip_locked=True))).all()
            OUTBOX_AGE_SECONDS.set((utcnow() - rows[0].created_at).total_seconds() if rows else 0)
            published, failure = await self._publish(rows)
            if published:
                await session.execute(delete(self._model).where(self._model.id.in_(published)))
        if failure is not None:
            raise failure
        return len(rows)

    async def _publish(self, rows: Sequence[Any]) -> tuple[list[int], AppError | None]:
        """The ids of what was published, and why it was not all."""
        published: list[int] = []
        refused: AppError | None = None
        for row in rows:
            try:
                await self._bus.publish(row.subject, row.body, row.headers)
            except PayloadTooLarge as error:  # this one only; the others must not wait for it
                refused = error
                continue
            except AppError as error:
                return published, error
            published.append(row.id)
            OUTBOX_PUBLISHED.labels(row.subject).inc()
        return published, refused
