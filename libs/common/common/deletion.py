"""Apps that must not come back: a message sent before an app's end may arrive after it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, String, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

KEEP = timedelta(days=8)
"""Longer than any stream that is consumed keeps a message, so that one of a forgotten app cannot come."""


class DeletedAppMixin:
    """Columns of a service's `deleted_apps`; the mapped class adds only its Base."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return "deleted_apps"

    app_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), index=True
    )


async def note_deleted(session: AsyncSession, model: Any, app_id: str) -> None:
    """From the commit on the app counts as deleted; waits for those that have asked and not yet ended."""
    await session.execute(select(func.pg_advisory_xact_lock(_key(app_id))))
    await session.execute(insert(model).values(app_id=app_id).on_conflict_do_nothing())


async def is_deleted(session: AsyncSession, model: Any, app_id: str) -> bool:
    """Whether the app is deleted. If not, it will not be before the end of the caller's transaction."""
    await session.execute(select(func.pg_advisory_xact_lock_shared(_key(app_id))))
    return await session.scalar(select(model.app_id).where(model.app_id == app_id)) is not None


def _key(app_id: str) -> ColumnElement[int]:
    """One of this service's own: such keys are the whole database's, which services share."""
    return func.hashtext(func.concat("overskill-deleted-", func.current_schema(), "-", app_id))
