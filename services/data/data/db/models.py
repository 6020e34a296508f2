"""Tables of the schema `data`: what the service knows of realms. What is in them lies on the shards."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, MetaData, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.database import NAMING
from common.deletion import DeletedAppMixin
from common.messaging.outbox import OutboxMixin


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Outbox(OutboxMixin, Base):
    pass


class DeletedApp(DeletedAppMixin, Base):
    pass


class Realm(Base):
    """One app in one environment: where its data lies, and the key that its pages carry.

    `settings` are those of sign-in that differ from the defaults.
    """

    __tablename__ = "realms"
    __table_args__ = (Index("ix_realms_app", "app_id"),)

    ref: Mapped[str] = mapped_column(String(32), primary_key=True)
    app_id: Mapped[str] = mapped_column(String(12))
    environment: Mapped[str] = mapped_column(String(20))
    shard: Mapped[str] = mapped_column(String(20))
    publishable_key: Mapped[str] = mapped_column(String(60), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
