"""What a deployment's app needs of its database, and where its page finds that.

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

TABLE = "deployments"
COLUMNS = (("approved", "[]"), ("database", "{}"), ("diagnostics", "[]"))


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("migrations", sa.String(64), nullable=True))
    for name, empty in COLUMNS:
        default = sa.text(f"'{empty}'")
        op.add_column(TABLE, sa.Column(name, postgresql.JSONB(), nullable=False, server_default=default))


def downgrade() -> None:
    for name, _ in COLUMNS:
        op.drop_column(TABLE, name)
    op.drop_column(TABLE, "migrations")
