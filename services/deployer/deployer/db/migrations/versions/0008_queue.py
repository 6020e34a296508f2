"""Deployments wait in the database for their turn.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployments", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deployments", sa.Column("traceparent", sa.String(length=55), nullable=True))


def downgrade() -> None:
    op.drop_column("deployments", "traceparent")
    op.drop_column("deployments", "retry_at")
