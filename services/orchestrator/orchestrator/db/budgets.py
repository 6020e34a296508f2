"""Budgets: their limits, what is used of them, and who was told."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.models import App, BudgetAlert, MonthlyUsage, Team, Turn
from orchestrator.db.turns import OPEN, USAGE_FIELDS
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.budgets import Budget, Limits, Use

THIS_MONTH = cast(func.date_trunc("month", func.timezone("UTC", func.now())), Date)
_SUMS = ("microdollars", "tokens", "reserved_microdollars", "reserved_tokens")


@dataclass(frozen=True)
class OwnLimits:
    """What an app and its team have set for themselves."""

    team_id: str
    app: Limits
    team: Limits


# Made once: it is asked before and after every turn.
_OWN_LIMITS = (
    select(Team.id, App.budget_microdollars, App.budget_tokens, Team.budget_microdollars, Team.budget_tokens)
    .join(App, App.team_id == Team.id)
    .where(App.id == bindparam("app_id"))
)


async def limits_of(session: AsyncSession, app_id: str) -> OwnLimits:
    team_id, *amounts = (await session.execute(_OWN_LIMITS, {"app_id": app_id})).one()
    return OwnLimits(team_id, Limits(*amounts[:2]), Limits(*amounts[2:]))


async def use_of_month(session: AsyncSession, team_id: str, app_id: str | None) -> tuple[date, Use, Use]:
    """This month's first day, by the database's clock and UTC, and its use: the app's, the whole team's."""
    await session.flush()
    sums = [func.sum(getattr(MonthlyUsage, name)) for name in _SUMS]
    columns = *(one.filter(MonthlyUsage.app_id == app_id) for one in sums), *sums
    query = select(THIS_MONTH, *(func.coalesce(one, 0) for one in columns))
    query = query.where(MonthlyUsage.team_id == team_id, MonthlyUsage.month == THIS_MONTH)
    month, *used = (await session.execute(query)).one()
    amounts = [int(value) for value in used]
    return month, Use(*amounts[: len(sums)]), Use(*amounts[len(sums) :])


async def use_of_run(session: AsyncSession, run_id: str) -> Use:
    """Nothing is under way of a run that asks."""
    tokens = sum((getattr(Turn, name) for name in USAGE_FIELDS[1:]), start=getattr(Turn, USAGE_FIELDS[0]))
    sums = [func.coalesce(func.sum(one), 0) for one in (Turn.cost_microdollars, tokens)]
    ended = Turn.run_id == run_id, Turn.state.not_in(OPEN), Turn.billing_class == BillingClass.USER
    await session.flush()
    return Use(*(int(value) for value in (await session.execute(select(*sums).where(*ended))).one()))


async def note_alert(session: AsyncSession, budget: Budget, threshold: int) -> bool:
    """Whether nobody was told of it before."""
    values = {
        "subject": budget.subject, "unit": budget.unit, "month": budget.month, "limit": budget.limit,
        "threshold": threshold,
    }  # fmt: skip
    noted = insert(BudgetAlert).values(values).on_conflict_do_nothing().returning(BudgetAlert.subject)
    return (await session.execute(noted)).first() is not None
