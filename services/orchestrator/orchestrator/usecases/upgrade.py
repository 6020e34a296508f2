"""Asking for an app's move to a newer release of its foundation, or what it would change."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import RunMode
from common.contracts.templates import TemplateRef
from orchestrator.db import apps, runs
from orchestrator.db.models import App
from orchestrator.errors import AlreadyCurrent, RunActive, UpgradeLimit
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.messages import queue_run
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.upgrades import Merged, merge_into

_MAX_UPGRADES = 5
_PERIOD = timedelta(days=1)


async def plan_upgrade(*, resources: Resources, app: App, to: str) -> Merged:
    """What the upgrade to a version, or to what a channel has, would make of the app's newest version.

    Raises AlreadyCurrent, TemplateNotFound, and what `merge_into` raises.
    """
    target = await resources.templates.find(app.template.name, to)
    _check_newer(app, target)
    return await merge_into(resources, app, await resources.templates.get(target))


async def request_upgrade(
    *, resources: Resources, app: App, to: str, idempotency: Idempotency
) -> dict[str, Any]:
    """Queues the run that upgrades the app, at the platform's cost.

    Raises what `plan_upgrade` does, RunActive or UpgradeLimit.
    """
    if (earlier := await idempotency.known_answer(resources.db)) is not None:
        return earlier
    merged = await plan_upgrade(resources=resources, app=app, to=to)
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        app = await apps.lock_app(session, app.id)
        _check_newer(app, merged.upgrade.target)
        if (active := await runs.unfinished_run(session, app.id)) is not None:
            message = "A run of the app is under way or waits for its turn; wait for its end or cancel it."
            raise RunActive(message, run_id=active.id)
        await _check_limit(session, app)
        message_row, run = await queue_run(
            session, resources.outbox, resources.shares, app.team_id, app_id=app.id,
            content=merged.upgrade.request, mode=RunMode.BUILD, upgrade=merged.upgrade,
        )  # fmt: skip
        return await idempotency.answer(session, merged=merged, message=message_row, run=run)


def _check_newer(app: App, target: TemplateRef) -> None:
    if not app.template < target:
        message = f"The app's foundation is {app.template}, which is not older than {target}."
        raise AlreadyCurrent(message, template=str(app.template))


async def _check_limit(session: AsyncSession, app: App) -> None:
    """Who takes an app back and upgrades it again and again would have the model's work for nothing."""
    moment = utcnow()
    asked = await runs.upgrades_since(session, app.id, moment - _PERIOD)
    if len(asked) >= _MAX_UPGRADES:
        limited = UpgradeLimit(
            f"The app was upgraded {len(asked)} times within a day, which is as often as it may be. Upgrade "
            "it again later.",
            limit=_MAX_UPGRADES,
        )
        limited.retry_after = (asked[-_MAX_UPGRADES] + _PERIOD - moment).total_seconds()
        raise limited
