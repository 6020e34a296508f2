"""The model that a run has moved to; tokens of reasoning and of cache entries for an hour.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# ruff: noqa: S608  # the statements are made of these names only
BEFORE = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
ADDED = ("cache_write_1h_tokens", "reasoning_tokens")


def upgrade() -> None:
    op.add_column("runs", sa.Column("model", sa.String(100), nullable=True))
    # Replicas of the version before insert rows without naming these.
    for name in ADDED:
        op.add_column("turns", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.add_column("usage_totals", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    _count((*BEFORE, *ADDED))


def downgrade() -> None:
    _count(BEFORE)
    for name in reversed(ADDED):
        op.drop_column("usage_totals", name)
        op.drop_column("turns", name)
    op.drop_column("runs", "model")


def _count(tokens: tuple[str, ...]) -> None:
    """Has the totals keep these; see revision 0006."""
    columns = f"team_id, app_id, billing_class, model, turns, {', '.join(tokens)}, cost_microdollars"
    op.execute(f"""
CREATE OR REPLACE FUNCTION add_usage(turn turns, sign integer) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO usage_totals AS t ({columns})
    SELECT apps.team_id, apps.id, turn.billing_class, turn.model, sign,
           {", ".join(f"sign * turn.{name}" for name in tokens)}, sign * turn.cost_microdollars
    FROM runs JOIN apps ON apps.id = runs.app_id WHERE runs.id = turn.run_id
    ON CONFLICT (team_id, app_id, billing_class, model) DO UPDATE SET
        turns = t.turns + excluded.turns,
        {", ".join(f"{name} = t.{name} + excluded.{name}" for name in tokens)},
        cost_microdollars = CASE WHEN excluded.cost_microdollars IS NULL THEN t.cost_microdollars
            ELSE coalesce(t.cost_microdollars, 0) + excluded.cost_microdollars END
$$
""")
    op.execute("DROP TRIGGER keep_usage_totals ON turns")
    op.execute(
        "CREATE TRIGGER keep_usage_totals AFTER INSERT OR DELETE OR UPDATE OF "
        f"billing_class, model, {', '.join(tokens)}, cost_microdollars "
        "ON turns FOR EACH ROW EXECUTE FUNCTION keep_usage_totals()"
    )
