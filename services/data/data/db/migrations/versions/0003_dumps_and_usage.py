"""Keep dumps and restores, what realms use and how full shards are.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _work() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("ref", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(12), nullable=False),
        sa.Column("environment", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
    )


def upgrade() -> None:
    pending = sa.text("state = 'pending'")
    op.create_table(
        "dumps",
        *_work(),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("stamp", sa.String(100), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dumps")),
    )
    op.create_index("ix_dumps_app", "dumps", ["app_id", "id"])
    op.create_index("ix_dumps_ref", "dumps", ["ref", "created_at"])
    op.create_index("ix_dumps_pending", "dumps", ["created_at"], postgresql_where=pending)
    op.create_index("ix_dumps_expires_at", "dumps", ["expires_at"])
    op.create_index(
        "ix_dumps_scheduled",
        "dumps",
        ["ref"],
        unique=True,
        postgresql_where=sa.text("state = 'pending' AND reason = 'scheduled'"),
    )
    op.create_table(
        "restores",
        *_work(),
        sa.Column("dump_id", sa.String(40), nullable=False),
        sa.Column("backup", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_index("ix_restores_app", "restores", ["app_id", "id"])
    op.create_index("ix_restores_pending", "restores", ["created_at"], postgresql_where=pending)
    op.create_index("ix_restores_finished", "restores", ["finished_at"])
    op.create_table(
        "usage",
        sa.Column("ref", sa.String(32), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requests", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active_users", sa.Integer(), server_default="0", nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("ref", "hour", name=op.f("pk_usage")),
    )
    op.create_index("ix_usage_untold", "usage", ["hour"], postgresql_where=sa.text("told_at IS NULL"))
    op.create_table(
        "shards",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("tables", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("connections", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_connections", sa.Integer(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shards")),
    )


def downgrade() -> None:
    for table in ("shards", "usage", "restores", "dumps"):
        op.drop_table(table)
