"""a state of their own for superseded deployments.

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
    op.add_column("deployments", sa.Column("superseded_by", sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE deployments SET state = 'superseded', problem_code = NULL, problem_message = NULL, "
        "superseded_by = substring(problem_message FROM 'dep_[0-9a-z]{26}') "
        "WHERE state = 'failed' AND problem_code = 'superseded'"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE deployments SET state = 'failed', problem_code = 'superseded', "
        "problem_message = 'Deployment ' || superseded_by || ' was requested later and is live already.' "
        "WHERE state = 'superseded'"
    )
    op.drop_column("deployments", "superseded_by")
