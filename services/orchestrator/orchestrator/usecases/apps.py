"""Apps: created from a prompt, changed, deleted with all that belongs to them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import utcnow
from common.contracts import RunMode, TemplateRef, app_prefixes
from common.database import Database
from common.errors import AppError
from common.ids import new_app_id
from common.logging import get_logger
from common.messaging.outbox import Outbox
from common.templates import TemplateClient
from orchestrator.clients.model.pricing import Pricing
from orchestrator.db import apps, runs
from orchestrator.db.models import App
from orchestrator.domain.budgets import Caps
from orchestrator.domain.naming import NamedBy, name_from_prompt
from orchestrator.domain.text import check_prompt
from orchestrator.usecases.budgets import change_budget
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.messages import queue_run
from orchestrator.usecases.resources import Resources, Shares
from orchestrator.usecases.runs.finish import cancel_run
from orchestrator.usecases.updated import current_logo, tell_update
from orchestrator.usecases.uploads import attach

_AT_ONCE = 20
_TEAR_DOWN_SECONDS = 3.0

logger = get_logger(__name__)


async def create_app(
    *,
    db: Database,
    outbox: Outbox,
    templates: TemplateClient,
    shares: Shares,
    team_id: str,
    prompt: str,
    name: str | None,
    template: TemplateRef | str,
    choosing: bool,
    model: str,
    mode: RunMode,
    idempotency: Idempotency,
    attachments: Sequence[str] = (),
) -> dict[str, Any]:
    """Creates an app and queues its first run.

    `template`: a release, a name for its newest one, or name@channel; `choosing`: that is to stand only
    where the first run chooses no other; `attachments`: ids of uploads, see `uploads.attach`.
    """
    check_prompt(prompt)
    if (earlier := await idempotency.known_answer(db)) is not None:
        return earlier
    release = await _release(templates, template)
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        app = App(
            id=new_app_id(), team_id=team_id, name=name or name_from_prompt(prompt), model=model,
            named_by=NamedBy.PERSON if name else NamedBy.PROMPT, template=release, choosing=choosing,
            created_at=utcnow(),
        )  # fmt: skip
        session.add(app)
        await session.flush()
        attached = await attach(session, team_id=team_id, app_id=app.id, upload_ids=attachments)
        message, run = await queue_run(
            session, outbox, shares, team_id, app_id=app.id, content=prompt, mode=mode, attachments=attached
        )
        return await idempotency.answer(session, app=app, message=message, run=run)


async def _release(templates: TemplateClient, wanted: TemplateRef | str) -> TemplateRef:
    if isinstance(wanted, TemplateRef):
        await templates.get(wanted)
        return wanted
    name, _, channel = wanted.partition("@")
    return await (templates.find(name, channel) if channel else templates.newest(name))


async def change_app(
    *, db: Database, caps: Caps, app: App, name: str | None, budget: Mapping[str, int | None]
) -> App:
    """Gives the app another name, its address stays, and other limits of a month; raises BudgetOverCap."""
    async with db.begin() as session:
        changed = await apps.lock_app(session, app.id)
        if name is not None:
            changed.name, changed.named_by = name, NamedBy.PERSON
            await tell_update(session, changed)
        change_budget(changed, budget, caps.app, "app")
        return changed


async def get_logo(*, db: Database, app: App) -> bytes:
    """The app's logo as SVG that runs no code: one that a model has drawn, or its name's first letters."""
    async with db.begin() as session:
        return await current_logo(session, app)


async def delete_app(*, db: Database, outbox: Outbox, pricing: Pricing, app: App) -> None:
    """Hides the app at once and cancels its runs; `tear_down_apps` removes the rest."""
    async with db.begin() as session:
        # Runs before their app, as where they end.
        unfinished = await runs.lock_unfinished_runs(session, app.id)
        deleted = await apps.lock_app(session, app.id)
        for run in unfinished:
            await cancel_run(session, outbox, pricing, run)
        deleted.deleted_at = utcnow()


async def tear_down_apps(resources: Resources) -> None:
    """Removes, again and again, what deleted apps have left in the world, and then their content."""
    while True:
        async with resources.db.begin() as session:
            ids = await apps.to_tear_down(session, _AT_ONCE)
        for app_id in ids:
            try:
                await _tear_down(resources, app_id)
            except AppError as error:  # the others need not wait for this one
                logger.warning("deleted app not torn down yet", app_id=app_id, reason=error.message)
        await asyncio.sleep(_TEAR_DOWN_SECONDS)


async def _tear_down(resources: Resources, app_id: str) -> None:
    """Our rows go last: until then the app is asked for again. Builds end first, whatever the deployer says.

    A 404 is no exception: who knows the request answers it for every app, so it comes from an older release.
    """
    elsewhere = (resources.builder, resources.deployer, resources.data)
    gone = [await service.delete_app(app_id) for service in elsewhere if service is not None]
    if not all(gone):
        return
    for prefix in app_prefixes(app_id):
        await resources.objects.delete_prefix(prefix)
    async with resources.db.begin() as session:
        await apps.erase(session, app_id)
