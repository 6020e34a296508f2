"""Requests for pictures say which call of the model they are for.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("for_call", sa.String(200), nullable=True))


def downgrade() -> None:
    op.drop_column("turns", "for_call")
