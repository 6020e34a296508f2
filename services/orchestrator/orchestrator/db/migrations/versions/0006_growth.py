"""keep totals of the usage, find what may go, index what is asked often.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# ruff: noqa: S608  # the statements are made of these names only
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
SUMS = ", ".join(f"sum({name})" for name in TOKENS)
COLUMNS = f"team_id, app_id, billing_class, model, turns, {', '.join(TOKENS)}, cost_microdollars"

# What is added is a turn as it is now less the turn as it was; their keys differ when a run's turns become
# the platform's own. The cost stays NULL while no turn has a known one.
ADD = f"""
CREATE FUNCTION add_usage(turn turns, sign integer) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO usage_totals AS t ({COLUMNS})
    SELECT apps.team_id, apps.id, turn.billing_class, turn.model, sign,
           {", ".join(f"sign * turn.{name}" for name in TOKENS)}, sign * turn.cost_microdollars
    FROM runs JOIN apps ON apps.id = runs.app_id WHERE runs.id = turn.run_id
    ON CONFLICT (team_id, app_id, billing_class, model) DO UPDATE SET
        turns = t.turns + excluded.turns,
        {", ".join(f"{name} = t.{name} + excluded.{name}" for name in TOKENS)},
        cost_microdollars = CASE WHEN excluded.cost_microdollars IS NULL THEN t.cost_microdollars
            ELSE coalesce(t.cost_microdollars, 0) + excluded.cost_microdollars END
$$
"""
KEEP = """
CREATE FUNCTION keep_usage_totals() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM add_usage(OLD, -1); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM add_usage(NEW, 1); END IF;
    RETURN NULL;
END
$$
"""
FILL = f"""
INSERT INTO usage_totals ({COLUMNS})
SELECT apps.team_id, apps.id, billing_class, turns.model, count(*), {SUMS}, sum(cost_microdollars)
FROM turns JOIN runs ON runs.id = turns.run_id JOIN apps ON apps.id = runs.app_id
GROUP BY apps.team_id, apps.id, billing_class, turns.model
"""


def upgrade() -> None:
    op.create_table(
        "usage_totals",
        sa.Column("team_id", sa.String(length=40), nullable=False),
        sa.Column("app_id", sa.String(length=12), nullable=False),
        sa.Column("billing_class", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("turns", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TOKENS),
        sa.Column("cost_microdollars", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["app_id"], ["apps.id"], name=op.f("fk_usage_totals_app_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_usage_totals_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "app_id", "billing_class", "model", name=op.f("pk_usage_totals")),
    )
    op.execute(ADD)
    op.execute(KEEP)
    op.execute(
        "CREATE TRIGGER keep_usage_totals AFTER INSERT OR DELETE OR UPDATE OF "
        f"billing_class, model, {', '.join(TOKENS)}, cost_microdollars "
        "ON turns FOR EACH ROW EXECUTE FUNCTION keep_usage_totals()"
    )
    op.execute(FILL)
    op.add_column("runs", sa.Column("events_kept", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)


INDEXES = (
    ("ix_apps_listed", "apps", ["team_id", "created_at", "id"], "deleted_at IS NULL"),
    ("ix_apps_to_tear_down", "apps", ["deleted_at"], "deleted_at IS NOT NULL AND erased_at IS NULL"),
    ("ix_runs_events_kept", "runs", ["finished_at", "id"], "events_kept"),
    ("ix_runs_conversation_kept", "runs", ["finished_at"], "first_message IS NOT NULL"),
    ("ix_builds_finished", "builds", ["finished_at"], None),
    ("ix_deployments_finished", "deployments", ["finished_at"], None),
    ("ix_deployments_deployed", "deployments", ["app_id", "environment", "id"], "state = 'deployed'"),
)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_column("runs", "events_kept")
    op.execute("DROP TRIGGER keep_usage_totals ON turns")
    op.execute("DROP FUNCTION keep_usage_totals()")
    op.execute("DROP FUNCTION add_usage(turns, integer)")
    op.drop_table("usage_totals")
