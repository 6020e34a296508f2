"""What a run was told of those before it, and the decisions it has left for those after it.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("prefix", JSONB(), nullable=True))
    op.add_column("runs", sa.Column("decisions", JSONB(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("runs", "decisions")
    op.drop_column("runs", "prefix")
