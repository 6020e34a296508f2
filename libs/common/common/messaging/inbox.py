"""The inbox: which messages a consumer has already acted on, committed with what they caused."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, String, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

# Longer than any stream that is consumed keeps a message: a forgotten entry cannot meet its message again.
KEEP = timedelta(days=8)


class InboxMixin:
    """Columns of a service's inbox; the mapped class adds only its Base."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return "inbox"

    consumer: Mapped[str] = mapped_column(String(100), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), index=True
    )


async def first_time(session: AsyncSession, model: Any, consumer: str, message_id: str) -> bool:
    """Notes the message in the caller's transaction; False when it was noted before."""
    statement = insert(model).values(consumer=consumer, message_id=message_id).on_conflict_do_nothing()
    result = await session.execute(statement.returning(model.message_id))
    return result.first() is not None
