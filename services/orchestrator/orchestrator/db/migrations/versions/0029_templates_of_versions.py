"""Which release of its template a version is made for, and which upgrade a run carries out.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("versions", sa.Column("template", sa.String(100), nullable=True))
    op.add_column("runs", sa.Column("upgrade", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "upgrade")
    op.drop_column("versions", "template")
