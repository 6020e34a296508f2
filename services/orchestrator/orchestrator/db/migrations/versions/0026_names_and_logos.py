"""Names and logos from a model, and requests to models beside a conversation.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Replicas of the version before insert rows without naming these; apps that are there have their names.
    op.add_column("apps", sa.Column("named_by", sa.String(16), nullable=False, server_default="person"))
    op.add_column("apps", sa.Column("logo", sa.Text(), nullable=True))
    op.add_column("turns", sa.Column("kind", sa.String(16), nullable=False, server_default="conversation"))


def downgrade() -> None:
    op.drop_column("turns", "kind")
    op.drop_column("apps", "logo")
    op.drop_column("apps", "named_by")
