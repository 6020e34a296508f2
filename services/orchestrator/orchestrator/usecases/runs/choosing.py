"""A new app's template, chosen by a model from what was asked for, before any file is laid."""

import asyncio
from collections.abc import Mapping

from common.contracts.templates import TemplateRef
from common.errors import AppError
from common.logging import get_logger
from common.templates import TemplateInvalid
from common.work import LeaseLost
from orchestrator.db import apps, turns
from orchestrator.db.models import App
from orchestrator.db.runs import Lease
from orchestrator.domain.choosing import MOST_OFFERED, choice_in, choice_request
from orchestrator.domain.prompt import CHOICE_PROMPT
from orchestrator.metrics import TEMPLATE_CHOICES, TURNS
from orchestrator.usecases.budgets import check_request
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs import aside
from orchestrator.usecases.runs.aside import Answer, Aside

_MAX_TOKENS = 1_000

logger = get_logger(__name__)


async def choose_template(resources: Resources, lease: Lease) -> TemplateRef:
    """Settles, once and for good, which release the app begins with: its own where no model chooses another.

    A model that fails, takes too long or names none that there is does no harm. Raises TemplateUnavailable.
    """
    offered = await _offered(resources)
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        app = await session.get_one(App, lease.app_id)
        asked = _asked(resources, run.request, offered, app.template.name)
        may = await aside.may_ask(session, resources, app.id, turns.CHOICE)
        if asked is None or not may or await check_request(session, resources.pricing.caps, run) is not None:
            return _settle(app, None, offered)
        turn_id = await aside.note(session, resources, run, asked)
    answer = await _answer(resources, lease, turn_id, asked)
    chosen = None if answer is None else choice_in(answer.words, {ref.name for ref in offered})
    async with resources.db.begin() as session:
        await lease.hold(session)
        if answer is None:
            await aside.give_up(session, resources, turn_id)
        else:
            turn = await aside.end(session, resources, turn_id, answer)
            TURNS.labels(turn.model, turn.billing_class, "done").inc()
        return _settle(await apps.lock_app(session, lease.app_id), chosen, offered)


async def _offered(resources: Resources) -> Mapping[TemplateRef, str]:
    """The newest releases with their descriptions; none where one of them is damaged."""
    try:
        return await resources.foundations.offers()
    except TemplateInvalid as error:
        logger.warning("templates not offered", reason=error.message)
        return {}


def _asked(
    resources: Resources, request: str, offered: Mapping[TemplateRef, str], default: str
) -> Aside | None:
    """The request to the model; None where there is no model for it, or no choice."""
    settings = resources.settings
    descriptions = {ref.name: text for ref, text in offered.items()}
    others = [name for name in descriptions if name != default][: MOST_OFFERED - 1]
    if not settings.chooses_templates or not others:
        return None
    listed = {name: descriptions[name] for name in (default, *others) if name in descriptions}
    words = choice_request(request, listed, default)
    return Aside(turns.CHOICE, settings.routes.name[0], CHOICE_PROMPT, words, _MAX_TOKENS, effort="low")


async def _answer(resources: Resources, lease: Lease, turn_id: str, asked: Aside) -> Answer | None:
    try:
        async with asyncio.timeout(resources.settings.template_choice_seconds):
            return await aside.ask(resources, lease, turn_id, asked)
    except LeaseLost:
        raise
    except (AppError, TimeoutError) as error:
        logger.info("template not chosen by a model", reason=str(error) or "it took too long")
        return None


def _settle(app: App, chosen: str | None, offered: Mapping[TemplateRef, str]) -> TemplateRef:
    """An app that was created on the template that is chosen keeps the release it has."""
    if chosen is not None and chosen != app.template.name:
        app.template = next(ref for ref in offered if ref.name == chosen)
    app.choosing = False
    TEMPLATE_CHOICES.labels(app.template.name, "default" if chosen is None else "model").inc()
    return app.template
