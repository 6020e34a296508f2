"""Which migrations a deployment needs, and which of them may lose data.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "deployments"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("migrations", sa.String(64), nullable=True))
    op.add_column(
        TABLE,
        sa.Column("approved", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )


def downgrade() -> None:
    op.drop_column(TABLE, "approved")
    op.drop_column(TABLE, "migrations")
