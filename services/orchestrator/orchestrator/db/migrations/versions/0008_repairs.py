"""Note what the platform has repaired of a run's files without a model.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "runs"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("repair_rounds", sa.Integer(), nullable=False, server_default="0"))
    repaired = sa.Column("repaired", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column(TABLE, repaired)


def downgrade() -> None:
    op.drop_column(TABLE, "repaired")
    op.drop_column(TABLE, "repair_rounds")
