"""Budgets: asked before each request to a model, told of when they run low, set and shown."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import BudgetAlerted
from common.contracts.events import BudgetAlertEvent
from common.database import Database
from common.errors import AppError
from common.messaging.outbox import Outbox
from common.messaging.streams import BUDGET_ALERT_SUBJECT
from orchestrator.db import budgets as store
from orchestrator.db import events, teams
from orchestrator.db.models import App, Run, Team
from orchestrator.domain.budgets import Budget, Caps, Limits, Scope, budgets, refusal, used_up
from orchestrator.errors import BudgetExhausted, BudgetOverCap, BudgetReserved
from orchestrator.metrics import BUDGET_ALERTS, REFUSALS

_RESERVED_SECONDS = 1.0


async def check_message(session: AsyncSession, caps: Caps, app_id: str) -> None:
    """Raises BudgetExhausted when the app's next run could not ask the model for anything."""
    gone = used_up(await _binding(session, caps, app_id))
    if gone is not None:
        raise _exhausted(gone)


async def check_request(session: AsyncSession, caps: Caps, run: Run) -> AppError | None:
    """Why the run may not send its next request now, or None: then nobody else can until the caller commits.

    BudgetExhausted when a budget is used up, BudgetReserved while requests under way may use up the rest. So
    a budget is overrun by one request at most.
    """
    found = await _binding(session, caps, run.app_id, run, lock=True)
    gone = used_up(found)
    if gone is not None:
        return _exhausted(gone)
    if any(budget.may_be_used_up for budget in found):
        message = "What is left of a budget is reserved for requests under way."
        return BudgetReserved(message, retry_after=_RESERVED_SECONDS)
    return None


async def tell_thresholds(session: AsyncSession, outbox: Outbox, caps: Caps, run: Run) -> None:
    """Tells people, once, of budgets that a turn of the run has used so much of; in its transaction."""
    for budget in await _binding(session, caps, run.app_id, run, lock=True):
        for threshold in budget.reached:
            if await store.note_alert(session, budget, threshold):
                await _tell(session, outbox, run, budget, threshold)


async def _tell(session: AsyncSession, outbox: Outbox, run: Run, budget: Budget, threshold: int) -> None:
    about = {
        "run_id": run.id, "scope": budget.scope, "unit": budget.unit, "threshold": threshold,
        "limit": budget.limit, "used": budget.used, "resets_at": budget.resets_at,
    }  # fmt: skip
    await events.append(session, run.app_id, BudgetAlertEvent.model_validate(about))
    team_id = (await session.get_one(App, run.app_id)).team_id
    told = BudgetAlerted.model_validate({**about, "team_id": team_id, "app_id": run.app_id})
    outbox.add(session, BUDGET_ALERT_SUBJECT, told)
    BUDGET_ALERTS.labels(budget.scope, str(threshold)).inc()


async def _binding(
    session: AsyncSession, caps: Caps, app_id: str, run: Run | None = None, *, lock: bool = False
) -> list[Budget]:
    """The limits there are, with what is used of them: the run's, the app's, the team's.

    `lock`: for two at once the team's use is what it is when both are done.
    """
    own = await store.limits_of(session, app_id)
    app, team = own.app.within(caps.app), own.team.within(caps.team)
    if lock and team:
        await teams.lock_team_of(session, app_id)
    found: list[Budget] = []
    if run is not None and caps.run:
        use = await store.use_of_run(session, run.id)
        found += budgets("run", run.id, caps.run, use, run.created_at.date().replace(day=1))
    if app or team:
        month, of_app, of_team = await store.use_of_month(session, own.team_id, app_id)
        found += budgets("app", app_id, app, of_app, month)
        found += budgets("team", own.team_id, team, of_team, month)
    return [budget for budget in found if budget.limit is not None]


def _exhausted(budget: Budget) -> BudgetExhausted:
    REFUSALS.labels(BudgetExhausted.code).inc()
    resets = {} if budget.resets_at is None else {"resets_at": budget.resets_at.isoformat()}
    return BudgetExhausted(
        refusal(budget), budget=budget.scope, unit=budget.unit, limit=budget.limit, used=budget.used, **resets
    )


async def team_budgets(*, db: Database, caps: Caps, team_id: str) -> list[Budget]:
    """The team's, of this month; without a limit too."""
    async with db.begin() as session:
        team = await teams.get_team(session, team_id)
        month, _, use = await store.use_of_month(session, team_id, None)
        return budgets("team", team_id, team.budget.within(caps.team), use, month)


async def app_budgets(*, db: Database, caps: Caps, app: App) -> list[Budget]:
    """The app's and its team's, of this month; without a limit too."""
    async with db.begin() as session:
        own = await store.limits_of(session, app.id)
        month, of_app, of_team = await store.use_of_month(session, own.team_id, app.id)
        of_the_app = budgets("app", app.id, own.app.within(caps.app), of_app, month)
        return [*of_the_app, *budgets("team", own.team_id, own.team.within(caps.team), of_team, month)]


async def set_team_budget(
    *, db: Database, caps: Caps, team_id: str, changes: Mapping[str, int | None]
) -> Team:
    """Sets the team's limits for a month, None: none of its own; raises BudgetOverCap."""
    async with db.begin() as session:
        await teams.lock_team(session, team_id)
        team = await teams.get_team(session, team_id)
        change_budget(team, changes, caps.team, "team")
        return team


def change_budget(owner: App | Team, changes: Mapping[str, int | None], cap: Limits, scope: Scope) -> None:
    """Sets those limits of a row that the caller has locked; raises BudgetOverCap."""
    budget = replace(owner.budget, **changes)
    if Limits(**changes).exceed(cap):
        limits = {"microdollars": cap.microdollars, "tokens": cap.tokens}
        known = {unit: limit for unit, limit in limits.items() if limit is not None}
        allowed = " and ".join(f"{limit:,} {unit}" for unit, limit in known.items())
        raise BudgetOverCap(f"The operator lets each {scope} use {allowed} a month, no more.", **known)
    owner.budget_microdollars, owner.budget_tokens = budget.microdollars, budget.tokens
