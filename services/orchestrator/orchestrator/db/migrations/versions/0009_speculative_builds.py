"""Builds of files that are still being written.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Replicas of the version before insert rows without naming it.
    op.add_column("builds", sa.Column("speculative", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.execute("DELETE FROM builds WHERE speculative")
    op.drop_column("builds", "speculative")
