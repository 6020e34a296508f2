"""index running builds.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_builds_unfinished", table_name="builds")
    op.create_index(
        "ix_builds_unfinished",
        "builds",
        ["requested_at"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:
    op.drop_index("ix_builds_unfinished", table_name="builds")
    op.create_index(
        "ix_builds_unfinished", "builds", ["requested_at"], postgresql_where=sa.text("state = 'queued'")
    )
