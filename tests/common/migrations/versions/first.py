"""Inbox, outbox and a table with state."""

from alembic import op

from tests.common.tables import Base

revision = "0001"
down_revision = None


def upgrade() -> None:
    Base.metadata.create_all(op.get_bind())
