"""Whether a new app's template is still to be chosen.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Replicas of the version before insert rows without naming it.
    op.add_column("apps", sa.Column("choosing", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("apps", "choosing")
