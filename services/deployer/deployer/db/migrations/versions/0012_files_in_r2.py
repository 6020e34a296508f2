"""Remember what each deployment needs of R2, and what R2 is known to hold.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objects",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unused_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleting", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_objects")),
    )
    op.create_index(
        "ix_objects_unused", "objects", ["unused_since"], postgresql_where=sa.text("unused_since IS NOT NULL")
    )
    op.create_table(
        "deployment_files",
        sa.Column("deployment_id", sa.String(40), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("hashed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_id"],
            ["deployments.id"],
            name=op.f("fk_deployment_files_deployment_id_deployments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("deployment_id", "path", name=op.f("pk_deployment_files")),
    )
    op.create_index("ix_deployment_files_digest", "deployment_files", ["digest"])
    # Deployments of before say nothing of their files until somebody has looked.
    op.add_column(
        "deployments", sa.Column("files_known", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("deployments", "files_known")
    op.drop_table("deployment_files")
    op.drop_table("objects")
