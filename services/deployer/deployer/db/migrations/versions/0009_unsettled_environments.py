"""Mark environments of which it is not certain what they serve.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = "environments"
INDEX = "ix_environments_settle_at"


def upgrade() -> None:
    for name in ("unsettled_since", "in_flight_until", "settle_at"):
        op.add_column(TABLE, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("unsettled_reason", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("settle_attempts", sa.Integer(), nullable=False, server_default="0"))
    # What was being changed or deleted is looked at once nobody works on it.
    op.execute(
        "UPDATE environments SET settle_at = now(), unsettled_since = now(), "
        "unsettled_reason = 'It was being changed when the deployer was upgraded.' "
        "WHERE deleting OR EXISTS (SELECT FROM deployments WHERE deployments.state = 'deploying' "
        "AND deployments.app_id = environments.app_id AND deployments.environment = environments.environment)"
    )
    op.create_index(INDEX, TABLE, ["settle_at"], postgresql_where=sa.text("settle_at IS NOT NULL"))
    op.drop_index("ix_environments_deleting", table_name=TABLE, postgresql_where=sa.text("deleting"))


def downgrade() -> None:
    op.create_index("ix_environments_deleting", TABLE, ["app_id"], postgresql_where=sa.text("deleting"))
    op.drop_index(INDEX, table_name=TABLE, postgresql_where=sa.text("settle_at IS NOT NULL"))
    for name in ("settle_attempts", "unsettled_reason", "settle_at", "in_flight_until", "unsettled_since"):
        op.drop_column(TABLE, name)
