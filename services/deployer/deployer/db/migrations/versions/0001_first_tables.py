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
        "app_secrets",
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("environment", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", "environment", "name", name=op.f("pk_app_secrets")),
    )
    op.create_table(
        "deployments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("environment", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=True),
        sa.Column("build_id", sa.String(length=40), nullable=True),
        sa.Column("artifact", sa.String(length=64), nullable=True),
        sa.Column("rollback_of", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("building_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deploying_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("steps_ms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=True),
        sa.Column("version_id", sa.String(length=64), nullable=True),
        sa.Column("served_as", sa.String(length=40), nullable=True),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secrets_digest", sa.String(length=64), nullable=True),
        sa.Column("script_bytes", sa.Integer(), nullable=True),
        sa.Column("embedded_files", sa.Integer(), nullable=False),
        sa.Column("stored_files", sa.Integer(), nullable=False),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("replaced", sa.String(length=40), nullable=True),
        sa.Column("problem_code", sa.String(length=60), nullable=True),
        sa.Column("problem_message", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
    )
    op.create_index(
        "ix_deployments_app_environment", "deployments", ["app_id", "environment", "id"], unique=False
    )
    op.create_index(
        "ix_deployments_open",
        "deployments",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'building', 'deploying')"),
    )
    op.create_table(
        "environments",
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("environment", sa.String(length=20), nullable=False),
        sa.Column("live", sa.String(length=40), nullable=True),
        sa.Column("subdomain_enabled", sa.Boolean(), nullable=False),
        sa.Column("secret_names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("deleting", sa.Boolean(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("app_id", "environment", name=op.f("pk_environments")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("environments")
    op.drop_index(
        "ix_deployments_open",
        table_name="deployments",
        postgresql_where=sa.text("state IN ('pending', 'building', 'deploying')"),
    )
    op.drop_index("ix_deployments_app_environment", table_name="deployments")
    op.drop_table("deployments")
    op.drop_table("app_secrets")
