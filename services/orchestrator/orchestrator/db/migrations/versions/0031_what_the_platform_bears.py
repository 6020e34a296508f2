"""What the platform bears of a team in a day: short requests to models, and upgrades.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INDEX = "ix_runs_upgrades"


def upgrade() -> None:
    op.add_column("teams", sa.Column("asides_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(INDEX, "runs", ["created_at"], postgresql_where=sa.text("upgrade IS NOT NULL"))


def downgrade() -> None:
    op.drop_index(INDEX, "runs")
    op.drop_column("teams", "asides_due_at")
