"""Count attempts that crash; note since when work waits.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "deployments"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    # Replicas of the version before insert rows without naming them.
    for name in ("attempts", "failures"):
        op.alter_column(TABLE, name, server_default="0")


def downgrade() -> None:
    for name in ("attempts", "failures"):
        op.alter_column(TABLE, name, server_default=None)
    op.drop_column(TABLE, "waiting_since")
    op.drop_column(TABLE, "crashes")
