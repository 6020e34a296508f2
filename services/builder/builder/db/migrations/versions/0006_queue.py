"""Queue builds by team.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "builds"
OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    # Replicas of the version before insert rows without naming it.
    op.add_column(TABLE, sa.Column("team_id", sa.String(length=40), nullable=False, server_default=""))
    op.add_column(TABLE, sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("traceparent", sa.String(length=55), nullable=True))
    op.drop_index("ix_builds_open", table_name=TABLE)
    op.create_index("ix_builds_open", TABLE, ["app_id"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_builds_open", table_name=TABLE)
    op.create_index("ix_builds_open", TABLE, ["updated_at"], postgresql_where=OPEN)
    op.drop_column(TABLE, "traceparent")
    op.drop_column(TABLE, "retry_at")
    op.drop_column(TABLE, "team_id")
