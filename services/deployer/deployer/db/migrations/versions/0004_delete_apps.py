"""delete apps.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_apps",
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_deleted_apps")),
    )
    op.create_index(op.f("ix_deleted_apps_deleted_at"), "deleted_apps", ["deleted_at"])
    deleting = sa.text("deleting")
    op.create_index("ix_environments_deleting", "environments", ["app_id"], postgresql_where=deleting)
    finished = sa.text("finished_at IS NOT NULL")
    op.create_index("ix_deployments_finished", "deployments", ["finished_at"], postgresql_where=finished)


def downgrade() -> None:
    op.drop_index("ix_deployments_finished", table_name="deployments")
    op.drop_index("ix_environments_deleting", table_name="environments")
    op.drop_table("deleted_apps")
