"""Look at what was built in a browser.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "page_checks"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    counts = [
        sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in ("attempts", "failures")
    ]
    op.create_table(
        TABLE,
        sa.Column("build_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", moment, nullable=False, server_default=sa.func.now()),
        sa.Column("retry_at", moment, nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        *counts,
        sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("waiting_since", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["build_id"], ["builds.id"], name="fk_page_checks_build_id_builds", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("build_id", name="pk_page_checks"),
    )
    op.create_index("ix_page_checks_open", TABLE, ["created_at"], postgresql_where=sa.text("result IS NULL"))


def downgrade() -> None:
    op.drop_table(TABLE)
