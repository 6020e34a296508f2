"""one word for states: results and events of builds; superseded deployments.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE builds SET result = result - 'status' || jsonb_build_object('state', result -> 'status') "
        "WHERE result ? 'status'"
    )
    op.execute(
        "UPDATE events SET data = data - 'status' || jsonb_build_object('state', data -> 'status') "
        "WHERE type = 'build.finished' AND data ? 'status'"
    )
    op.execute(
        "UPDATE deployments SET state = 'superseded' "
        "WHERE state = 'failed' AND result #>> '{problem,code}' = 'superseded'"
    )


def downgrade() -> None:
    op.execute("UPDATE deployments SET state = 'failed' WHERE state = 'superseded'")
    op.execute(
        "UPDATE events SET data = data - 'state' || jsonb_build_object('status', data -> 'state') "
        "WHERE type = 'build.finished' AND data ? 'state'"
    )
    op.execute(
        "UPDATE builds SET result = result - 'state' || jsonb_build_object('status', result -> 'state') "
        "WHERE result ? 'state'"
    )
