"""What a browser saw of a build's pages.

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


def upgrade() -> None:
    op.add_column("builds", sa.Column("pages", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("builds", "pages")
