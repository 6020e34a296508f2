"""Keep the files of failed runs for the next message.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("start_over", "draft"):
        op.add_column("runs", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("runs", sa.Column("draft_run_id", sa.String(40), nullable=True))
    op.create_index("uq_runs_draft", "runs", ["app_id"], unique=True, postgresql_where=sa.text("draft"))


def downgrade() -> None:
    op.drop_index("uq_runs_draft", table_name="runs")
    for name in ("draft_run_id", "draft", "start_over"):
        op.drop_column("runs", name)
