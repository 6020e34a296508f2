"""Upgrades of all apps of a template, for who runs the platform: a few at once, and first only in thought."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from common.contracts.templates import TemplateRef
from common.errors import AppError, TooManyRequests
from orchestrator.db import apps, runs
from orchestrator.db.models import App
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.upgrades import Merged
from orchestrator.usecases.upgrade import plan_upgrade, request_upgrade

_PAGE = 100
_SECONDS = 1.0
_LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Upgraded:
    """What has become of one app: what its upgrade changes, or why there is none now."""

    app_id: str
    plan: Merged | None = None
    error: AppError | None = None


async def upgrade_all(
    resources: Resources, name: str, *, to: str, at_once: int, dry_run: bool
) -> AsyncIterator[Upgraded]:
    """Each app that is on an older release of the template, one after the other.

    An upgrade begins when fewer than `at_once` of all apps are under way. What is upgraded is not met again,
    so one that is interrupted goes on when it is called once more. Raises TemplateNotFound.
    """
    target = await resources.templates.find(name, to)
    async for app in _older(resources, target):
        try:
            plan = await _upgrade(resources, app, str(target.version), at_once=at_once, dry_run=dry_run)
        except AppError as error:  # one app does not hold up the others
            yield Upgraded(app.id, error=error)
        else:
            yield Upgraded(app.id, plan)


async def _older(resources: Resources, target: TemplateRef) -> AsyncIterator[App]:
    last = ""
    while True:
        async with resources.db.begin() as session:
            page = await apps.on_template(session, target.name, after=last, limit=_PAGE)
        for app in page:
            if app.template < target:
                yield app
        if len(page) < _PAGE:
            return
        last = page[-1].id


async def _upgrade(resources: Resources, app: App, to: str, *, at_once: int, dry_run: bool) -> Merged:
    if dry_run:
        return await plan_upgrade(resources=resources, app=app, to=to)
    begun: list[Merged] = []

    def present(merged: Merged, **_: object) -> dict[str, object]:
        begun.append(merged)
        return {}

    while True:
        await _until_fewer(resources, at_once)
        try:
            once = Idempotency(app.team_id, None, "", present)
            await request_upgrade(resources=resources, app=app, to=to, idempotency=once, limited=False)
        except TooManyRequests as error:  # the team's share: its users come first
            await asyncio.sleep(min(error.retry_after or _SECONDS, _LONGEST_SECONDS))
        else:
            return begun[-1]


async def _until_fewer(resources: Resources, at_once: int) -> None:
    while True:
        async with resources.db.begin() as session:
            if await runs.count_upgrades(session) < at_once:
                return
        await asyncio.sleep(_SECONDS)
