"""The tables of what turns have cost, summed up, and of what was told of it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import ID, Base


class UsageTotal(Base):
    """The sums of an app's turns, so that no reader adds up all of them.

    A trigger of the table `turns` keeps them, so no change of a turn can be missed or counted twice.
    """

    __tablename__ = "usage_totals"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True)
    billing_class: Mapped[str] = mapped_column(String(16), primary_key=True)
    model: Mapped[str] = mapped_column(String(100), primary_key=True)
    turns: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_1h_tokens: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cost_microdollars: Mapped[int | None] = mapped_column(BigInteger)


class MonthlyUsage(Base):
    """What an app's turns of a month, by UTC, have cost its team, and what those on their way may cost.

    A trigger of the table `turns` keeps it, in the transaction that changes a turn.
    """

    __tablename__ = "monthly_usage"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(ForeignKey("apps.id", ondelete="CASCADE"), primary_key=True)
    microdollars: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger)
    reserved_microdollars: Mapped[int] = mapped_column(BigInteger)
    reserved_tokens: Mapped[int] = mapped_column(BigInteger)


class BudgetAlert(Base):
    """That people were told how much of a budget is used. `subject`: the id of the run, app or team."""

    __tablename__ = "budget_alerts"

    subject: Mapped[str] = mapped_column(ID, primary_key=True)
    unit: Mapped[str] = mapped_column(String(16), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    limit: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    threshold: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
