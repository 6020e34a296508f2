"""Build speculatively; find builds by their input; note what a build took.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "builds"
INPUT = ["app_id", "source_digest", "template", "mode"]
SUCCEEDED = sa.text("state = 'succeeded'")


def upgrade() -> None:
    # Replicas of the version before insert rows without naming it.
    op.add_column(TABLE, sa.Column("speculative", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(TABLE, sa.Column("cpu_seconds", sa.Float(), nullable=True))
    op.add_column(TABLE, sa.Column("memory_byte_seconds", sa.Float(), nullable=True))
    op.drop_index("ix_builds_green", table_name=TABLE)
    op.create_index("ix_builds_input", TABLE, INPUT)


def downgrade() -> None:
    op.drop_index("ix_builds_input", table_name=TABLE)
    op.create_index("ix_builds_green", TABLE, INPUT, postgresql_where=SUCCEEDED)
    op.drop_column(TABLE, "memory_byte_seconds")
    op.drop_column(TABLE, "cpu_seconds")
    op.drop_column(TABLE, "speculative")
