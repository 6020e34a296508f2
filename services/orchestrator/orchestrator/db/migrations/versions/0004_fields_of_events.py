"""one word for attempts and durations in stored events.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE events SET data = data - 'of' || jsonb_build_object('max_attempts', data -> 'of') "
        "WHERE type = 'recovery.started' AND data ? 'of'"
    )
    op.execute(
        "UPDATE events SET data = data - 'seconds' "
        "|| jsonb_build_object('duration_ms', round((data ->> 'seconds')::numeric * 1000)) "
        "WHERE type IN ('run.succeeded', 'run.failed', 'run.cancelled') AND data ? 'seconds'"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE events SET data = data - 'duration_ms' "
        "|| jsonb_build_object('seconds', (data ->> 'duration_ms')::numeric / 1000) "
        "WHERE type IN ('run.succeeded', 'run.failed', 'run.cancelled') AND data ? 'duration_ms'"
    )
    op.execute(
        "UPDATE events SET data = data - 'max_attempts' || jsonb_build_object('of', data -> 'max_attempts') "
        "WHERE type = 'recovery.started' AND data ? 'max_attempts'"
    )
