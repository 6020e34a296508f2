"""Keep cancellations of builds that have not been asked for yet.

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
    op.create_table(
        "cancellations",
        sa.Column("build_id", sa.String(length=40), nullable=False),
        sa.Column(
            "cancelled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("build_id", name=op.f("pk_cancellations")),
    )
    op.create_index(op.f("ix_cancellations_cancelled_at"), "cancellations", ["cancelled_at"])


def downgrade() -> None:
    op.drop_table("cancellations")
