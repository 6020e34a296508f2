"""Count a run's attempts and failures.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("runs", "lease_token", type_=sa.BigInteger())
    for name in ("attempts", "failures"):
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column("runs", name, server_default=None)


def downgrade() -> None:
    op.drop_column("runs", "failures")
    op.drop_column("runs", "attempts")
    op.alter_column("runs", "lease_token", type_=sa.Integer())
