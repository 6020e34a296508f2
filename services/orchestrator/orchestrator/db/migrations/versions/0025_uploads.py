"""Pictures on messages.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("messages", "runs"):
        # Replicas of the version before insert rows without naming it.
        op.add_column(table, sa.Column("attachments", JSONB(), nullable=False, server_default="[]"))
    op.create_table(
        "uploads",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("team_id", sa.String(40), sa.ForeignKey("teams.id", ondelete="CASCADE"), nullable=False),
        sa.Column("app_id", sa.String(12), sa.ForeignKey("apps.id", ondelete="CASCADE")),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_uploads_team_id", "uploads", ["team_id", "id"])
    op.create_index("ix_uploads_app_id", "uploads", ["app_id"])
    unused = sa.text("app_id IS NULL")
    op.create_index("ix_uploads_unused", "uploads", ["created_at"], postgresql_where=unused)


def downgrade() -> None:
    op.drop_table("uploads")
    for table in ("runs", "messages"):
        op.drop_column(table, "attachments")
