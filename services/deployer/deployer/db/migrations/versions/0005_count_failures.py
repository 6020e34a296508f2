"""Count a deployment's failures.

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
    op.add_column("deployments", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("deployments", "failures", server_default=None)


def downgrade() -> None:
    op.drop_column("deployments", "failures")
