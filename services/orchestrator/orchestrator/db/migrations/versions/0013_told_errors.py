"""Note the errors that each recovery of a run was about.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    errors = sa.Column("told_errors", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column("runs", errors)


def downgrade() -> None:
    op.drop_column("runs", "told_errors")
