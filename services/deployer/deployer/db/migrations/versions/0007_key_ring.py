"""Name the key that sealed each secret, and the one behind each fingerprint of secrets.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The only key there was is 1; replicas of the version before still insert rows without naming it.
    op.add_column("app_secrets", sa.Column("key_id", sa.String(16), nullable=False, server_default="1"))
    op.create_index("ix_app_secrets_key_id", "app_secrets", ["key_id"])
    op.alter_column("deployments", "secrets_digest", type_=sa.String(100))
    op.execute("UPDATE deployments SET secrets_digest = '1:' || secrets_digest")


def downgrade() -> None:
    op.execute("UPDATE deployments SET secrets_digest = right(secrets_digest, 64)")
    op.alter_column("deployments", "secrets_digest", type_=sa.String(64))
    op.drop_index("ix_app_secrets_key_id", "app_secrets")
    op.drop_column("app_secrets", "key_id")
