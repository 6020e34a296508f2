"""Note what a deployment has to wait for.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployments", sa.Column("waiting", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("deployments", "waiting")
