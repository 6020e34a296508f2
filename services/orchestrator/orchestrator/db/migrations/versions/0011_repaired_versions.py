"""A run that repairs what a browser has refused makes another version.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_versions_run_id", "versions", ["run_id"])
    op.drop_constraint("uq_versions_run_id", "versions", type_="unique")


def downgrade() -> None:
    op.execute(
        "UPDATE versions SET run_id = NULL FROM versions AS later "
        "WHERE later.run_id = versions.run_id AND later.number > versions.number"
    )
    op.create_unique_constraint("uq_versions_run_id", "versions", ["run_id"])
    op.drop_index("ix_versions_run_id", "versions")
