"""Conversations that began anew because they had grown too long.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAMES = ("condensed", "condensed_after")


def upgrade() -> None:
    for name in NAMES:
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    for name in NAMES:
        op.drop_column("runs", name)
