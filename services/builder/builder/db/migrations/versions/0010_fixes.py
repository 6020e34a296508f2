"""Keep the repairs that a failed build proposes.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "builds"


def upgrade() -> None:
    fixes = sa.Column("fixes", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column(TABLE, fixes)


def downgrade() -> None:
    op.drop_column(TABLE, "fixes")
