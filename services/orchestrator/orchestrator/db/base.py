"""What all of the orchestrator's tables are made of, and the two that carry messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from common.database import NAMING
from common.messaging.inbox import InboxMixin
from common.messaging.outbox import OutboxMixin

ID = String(40)
APP_ID = String(12)
DIGEST = String(64)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy's own way to configure it
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB(none_as_null=True),
    }


class Outbox(OutboxMixin, Base):
    pass


class Inbox(InboxMixin, Base):
    pass
