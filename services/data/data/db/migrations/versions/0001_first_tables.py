"""first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "realms",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("environment", sa.String(length=20), nullable=False),
        sa.Column("shard", sa.String(length=20), nullable=False),
        sa.Column("publishable_key", sa.String(length=60), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_realms")),
        sa.UniqueConstraint("publishable_key", name=op.f("uq_realms_publishable_key")),
    )
    op.create_index("ix_realms_app", "realms", ["app_id"])
    op.create_table(
        "deleted_apps",
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_deleted_apps")),
    )
    op.create_index(op.f("ix_deleted_apps_deleted_at"), "deleted_apps", ["deleted_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["id"], postgresql_where=sa.text("failed_at IS NULL"))


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("deleted_apps")
    op.drop_table("realms")
