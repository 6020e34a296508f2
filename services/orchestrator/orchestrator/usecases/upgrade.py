"""Asking for an app's move to a newer release of its foundation, or what it would change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunMode
from orchestrator.db import apps, runs, teams
from orchestrator.db.models import App
from orchestrator.errors import RunActive, UpgradeLimit
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.messages import queue_run
from orchestrator.usecases.resources import Resources, Shares
from orchestrator.usecases.runs.upgrades import Merged, check_newer, merge_into

_MAX_UPGRADES = 5
_PERIOD = timedelta(days=1)
_OF_APP = (
    "The app was upgraded {} times within a day, which is as often as it may be. Upgrade it again later."
)
_OF_TEAM = (
    "The model has worked on {} upgrades of the team's apps within a day, which is as much as nobody pays "
    "for. Upgrade the others later."
)


async def plan_upgrade(*, resources: Resources, app: App, to: str) -> Merged:
    """What the upgrade to a version, or to what a channel has, would make of the app's newest version.

    Raises AlreadyCurrent, TemplateNotFound, and what `merge_into` raises.
    """
    target = await resources.templates.find(app.template.name, to)
    check_newer(app, target)
    return await merge_into(resources, app, await resources.templates.get(target))


async def request_upgrade(
    *, resources: Resources, app: App, to: str, idempotency: Idempotency, limited: bool = True
) -> dict[str, Any]:
    """Queues the run that upgrades the app, at the platform's cost; `limited`: as often as that may be.

    Raises what `plan_upgrade` does, RunActive or UpgradeLimit.
    """
    if (earlier := await idempotency.known_answer(resources.db)) is not None:
        return earlier
    merged = await plan_upgrade(resources=resources, app=app, to=to)
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        app = await apps.lock_app(session, app.id)
        check_newer(app, merged.upgrade.target)
        if (active := await runs.unfinished_run(session, app.id)) is not None:
            message = "A run of the app is under way or waits for its turn; wait for its end or cancel it."
            raise RunActive(message, run_id=active.id)
        if limited:
            await _check_limits(session, resources.shares, app)
        message_row, run = await queue_run(
            session, resources.outbox, resources.shares, app.team_id, app_id=app.id,
            content=merged.upgrade.request, mode=RunMode.BUILD, upgrade=merged.upgrade,
        )  # fmt: skip
        return await idempotency.answer(session, merged=merged, message=message_row, run=run)


async def _check_limits(session: AsyncSession, shares: Shares, app: App) -> None:
    """Who takes an app back and upgrades it again and again would have the model's work for nothing.

    Likewise who does so with many apps.
    """
    since = utcnow() - _PERIOD
    _check_limit(await runs.upgrades_since(session, app.id, since), _MAX_UPGRADES, _OF_APP)
    await teams.lock_team_of(session, app.id)  # two at once would each see room for one
    _check_limit(await runs.upgrades_worked_on(session, app.team_id, since), shares.upgrades, _OF_TEAM)


def _check_limit(asked: Sequence[datetime], most: int, message: str) -> None:
    """`asked`: when those of the last day were asked for, oldest first."""
    if len(asked) < most:
        return
    limited = UpgradeLimit(message.format(len(asked)), limit=most)
    limited.retry_after = (asked[-most] + _PERIOD - utcnow()).total_seconds()
    raise limited
