"""Count a failed build's problems, also those that are not kept.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "builds"


def upgrade() -> None:
    for name in ("problems", "problem_files"):
        op.add_column(TABLE, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in ("problems", "problem_files"):
        op.drop_column(TABLE, name)
