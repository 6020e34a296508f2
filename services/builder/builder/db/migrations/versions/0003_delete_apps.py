"""delete apps.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GREEN = ["source_digest", "template", "mode"]
SUCCEEDED = sa.text("state = 'succeeded'")


def upgrade() -> None:
    op.create_table(
        "deleted_apps",
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_deleted_apps")),
    )
    op.create_index(op.f("ix_deleted_apps_deleted_at"), "deleted_apps", ["deleted_at"])
    op.drop_index("ix_builds_green", table_name="builds")
    op.create_index("ix_builds_green", "builds", ["app_id", *GREEN], postgresql_where=SUCCEEDED)
    finished = sa.text("finished_at IS NOT NULL")
    op.create_index("ix_builds_finished", "builds", ["finished_at"], postgresql_where=finished)


def downgrade() -> None:
    op.drop_index("ix_builds_finished", table_name="builds")
    op.drop_index("ix_builds_green", table_name="builds")
    op.create_index("ix_builds_green", "builds", GREEN, postgresql_where=SUCCEEDED)
    op.drop_table("deleted_apps")
