"""Say when an unneeded object of R2 is removed, and who stores in which bucket.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_objects_unused", "objects")
    op.drop_column("objects", "unused_since")
    op.add_column("objects", sa.Column("sweep_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_objects_sweep_at", "objects", ["sweep_at"], postgresql_where=sa.text("sweep_at IS NOT NULL")
    )
    op.create_index(
        "ix_deployments_files_unknown",
        "deployments",
        ["id"],
        postgresql_where=sa.text("NOT files_known AND state IN ('deploying', 'deployed', 'rolled_back')"),
    )
    op.create_table(
        "installations",
        sa.Column("bucket", sa.String(63), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_installations")),
    )


def downgrade() -> None:
    op.drop_table("installations")
    op.drop_index("ix_deployments_files_unknown", "deployments")
    op.drop_index("ix_objects_sweep_at", "objects")
    op.drop_column("objects", "sweep_at")
    op.add_column("objects", sa.Column("unused_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_objects_unused", "objects", ["unused_since"], postgresql_where=sa.text("unused_since IS NOT NULL")
    )
