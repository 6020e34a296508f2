"""What a team may begin, and which of the queued runs is next.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEX = "ix_runs_queued"


def upgrade() -> None:
    op.add_column("teams", sa.Column("runs_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(INDEX, "runs", ["id"], postgresql_where=sa.text("state = 'queued'"))


def downgrade() -> None:
    op.drop_index(INDEX, "runs")
    op.drop_column("teams", "runs_due_at")
