"""Keep a record of what is done to secrets.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secret_events",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("environment", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("names", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("deployment_id", sa.String(length=40), nullable=True),
        sa.Column("team_id", sa.String(length=40), nullable=True),
        sa.Column("key_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret_events")),
    )
    op.create_index("ix_secret_events_environment", "secret_events", ["app_id", "environment", "id"])
    op.create_index("ix_secret_events_at", "secret_events", ["at"])


def downgrade() -> None:
    op.drop_table("secret_events")
