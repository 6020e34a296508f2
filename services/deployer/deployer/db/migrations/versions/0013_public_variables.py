"""Public variables beside the secrets; the fingerprint of what an upload took along.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "app_secrets"


def upgrade() -> None:
    op.add_column("deployments", sa.Column("uploaded_secrets", sa.String(100), nullable=True))
    op.add_column(TABLE, sa.Column("value", sa.Text(), nullable=True))
    op.alter_column(TABLE, "sealed", nullable=True)
    op.alter_column(TABLE, "key_id", nullable=True)
    op.create_check_constraint("either", TABLE, "(sealed IS NULL) = (value IS NOT NULL)")
    op.create_check_constraint("key", TABLE, "(sealed IS NULL) = (key_id IS NULL)")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_app_secrets_key"), TABLE)
    op.drop_constraint(op.f("ck_app_secrets_either"), TABLE)
    op.execute("DELETE FROM app_secrets WHERE sealed IS NULL")
    op.alter_column(TABLE, "key_id", nullable=False)
    op.alter_column(TABLE, "sealed", nullable=False)
    op.drop_column(TABLE, "value")
    op.drop_column("deployments", "uploaded_secrets")
