"""Runs that end with an answer or with questions, and what a message is to lead to.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = "runs"
INDEX = "ix_runs_unfinished"


def upgrade() -> None:
    # Replicas of the version before insert rows without naming it.
    op.add_column(TABLE, sa.Column("mode", sa.String(16), nullable=False, server_default="build"))
    op.add_column(TABLE, sa.Column("questions", JSONB(), nullable=True))
    _index("'succeeded', 'answered', 'waiting', 'failed', 'cancelled'")


def downgrade() -> None:
    op.execute("UPDATE runs SET state = 'cancelled' WHERE state IN ('answered', 'waiting')")
    _index("'succeeded', 'failed', 'cancelled'")
    op.drop_column(TABLE, "questions")
    op.drop_column(TABLE, "mode")


def _index(final: str) -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, ["updated_at"], postgresql_where=sa.text(f"state NOT IN ({final})"))
