"""Budgets of teams and apps, what open requests may cost, and the use of each month.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# ruff: noqa: S608  # the statements are made of these names only
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
LIMITS = ("budget_microdollars", "budget_tokens")
RESERVED = ("reserved_microdollars", "reserved_tokens")
SUMS = ("microdollars", "tokens", *RESERVED)
OPEN = "IN ('requested', 'started')"
MONTH = "date_trunc('month', {turn}.started_at AT TIME ZONE 'UTC')::date"


def _shares(turn: str) -> tuple[str, ...]:
    """What a turn takes: as long as it is open what was reserved for it, then what it has cost its user."""
    billed = f"CASE WHEN {turn}.state {OPEN} OR {turn}.billing_class <> 'user' THEN 0 ELSE "
    tokens = " + ".join(f"{turn}.{name}" for name in TOKENS)
    reserved = (f"CASE WHEN {turn}.state {OPEN} THEN {turn}.{name} ELSE 0 END" for name in RESERVED)
    return f"{billed}coalesce({turn}.cost_microdollars, 0) END", f"{billed}{tokens} END", *reserved


COLUMNS = f"team_id, month, app_id, {', '.join(SUMS)}"
ADD = f"""
CREATE FUNCTION add_monthly_usage(turn turns, sign integer) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO monthly_usage AS m ({COLUMNS})
    SELECT apps.team_id, {MONTH.format(turn="turn")}, apps.id,
        {", ".join(f"sign * ({share})" for share in _shares("turn"))}
    FROM runs JOIN apps ON apps.id = runs.app_id WHERE runs.id = turn.run_id
    ON CONFLICT (team_id, month, app_id) DO UPDATE SET
        {", ".join(f"{name} = m.{name} + excluded.{name}" for name in SUMS)}
$$
"""
# A turn that stays open takes the same, whatever is known of it by then.
KEEP = f"""
CREATE FUNCTION keep_monthly_usage() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state {OPEN} AND NEW.state {OPEN}
        AND (OLD.reserved_microdollars, OLD.reserved_tokens, OLD.started_at)
        IS NOT DISTINCT FROM (NEW.reserved_microdollars, NEW.reserved_tokens, NEW.started_at)
    THEN RETURN NULL; END IF;
    IF TG_OP <> 'INSERT' THEN PERFORM add_monthly_usage(OLD, -1); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM add_monthly_usage(NEW, 1); END IF;
    RETURN NULL;
END
$$
"""
FILL = f"""
INSERT INTO monthly_usage ({COLUMNS})
SELECT apps.team_id, {MONTH.format(turn="turns")}, apps.id,
    {", ".join(f"sum({share})" for share in _shares("turns"))}
FROM turns JOIN runs ON runs.id = turns.run_id JOIN apps ON apps.id = runs.app_id GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    for table in ("teams", "apps"):
        for name in LIMITS:
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=True))
    for name in RESERVED:
        op.add_column("turns", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "monthly_usage",
        sa.Column("team_id", sa.String(40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("app_id", sa.String(12), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        *_references("monthly_usage"),
        sa.PrimaryKeyConstraint("team_id", "month", "app_id", name=op.f("pk_monthly_usage")),
    )
    op.execute(ADD)
    op.execute(KEEP)
    op.execute(
        "CREATE TRIGGER keep_monthly_usage AFTER INSERT OR DELETE OR UPDATE OF state, billing_class, "
        f"{', '.join((*TOKENS, *RESERVED))}, cost_microdollars, started_at "
        "ON turns FOR EACH ROW EXECUTE FUNCTION keep_monthly_usage()"
    )
    op.execute(FILL)
    op.create_table(
        "budget_alerts",
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "unit", "month", "limit", "threshold", name=op.f("pk_budget_alerts")
        ),
    )
    op.create_index(op.f("ix_budget_alerts_created_at"), "budget_alerts", ["created_at"])


def _references(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint([key], [target], name=op.f(f"fk_{table}_{key}"), ondelete="CASCADE")
        for key, target in (("team_id", "teams.id"), ("app_id", "apps.id"))
    )


def downgrade() -> None:
    op.drop_table("budget_alerts")
    op.execute("DROP TRIGGER keep_monthly_usage ON turns")
    op.execute("DROP FUNCTION keep_monthly_usage()")
    op.execute("DROP FUNCTION add_monthly_usage(turns, integer)")
    op.drop_table("monthly_usage")
    for name in RESERVED:
        op.drop_column("turns", name)
    for table in ("teams", "apps"):
        for name in LIMITS:
            op.drop_column(table, name)
