"""Keep messages that can never be published, without trying them again.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("reason", sa.String(length=500), nullable=True))
    op.create_index("ix_outbox_waiting", "outbox", ["id"], postgresql_where=sa.text("failed_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_outbox_waiting", table_name="outbox", postgresql_where=sa.text("failed_at IS NULL"))
    op.drop_column("outbox", "reason")
    op.drop_column("outbox", "failed_at")
