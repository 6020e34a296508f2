"""Count failures; a cancelled build ends at once.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("builds", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("builds", "failures", server_default=None)
    op.execute(
        "UPDATE builds SET state = 'cancelled', finished_at = now(), lease_token = lease_token + 1"
        " WHERE cancel_requested AND state IN ('queued', 'running')"
    )
    op.drop_column("builds", "cancel_requested")


def downgrade() -> None:
    op.add_column(
        "builds", sa.Column("cancel_requested", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("builds", "cancel_requested", server_default=None)
    op.drop_column("builds", "failures")
