"""Wires the service: the only place that does."""

from contextlib import AsyncExitStack
from functools import partial

from fastapi import FastAPI

from common.app import Check
from common.background import Step, Supervisor
from common.logging import get_logger
from common.service import create_service
from templates.api import templates
from templates.clients.store import ReleaseStore
from templates.metrics import PUBLISH_FAILURES
from templates.settings import Settings
from templates.usecases.catalogue import Catalogue
from templates.usecases.publish import publish
from templates.usecases.resources import Resources

SERVICE = "templates"

logger = get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill templates",
        description="Versioned foundations of generated apps, served from Git.",
        routers=(templates.router,),
        service_token=settings.service_token,
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
    )


async def open_resources(_stack: AsyncExitStack, settings: Settings) -> Resources:
    store = ReleaseStore(settings.templates_store_dir)
    return Resources(settings=settings, store=store, catalogue=Catalogue(store))


def preparations(resources: Resources) -> dict[str, Step]:
    return {"publishing the bundled templates": partial(_publish_and_report, resources)}


def checks(resources: Resources) -> dict[str, Check]:
    return {"store": resources.store.ping, "releases": resources.catalogue.look_again}


def start_loops(_supervisor: Supervisor, _resources: Resources) -> None:
    """Nothing goes on here in the background."""


async def _publish_and_report(resources: Resources) -> None:
    """A template that cannot be published is no reason to stop serving what is released already."""
    outcomes = await publish(resources.store, resources.settings.templates_content_dir)
    for outcome in outcomes:
        if outcome.error is not None:
            error = outcome.error
            logger.error(
                "template not published", template=outcome.template, code=error.code, reason=error.message
            )
        elif outcome.created:
            logger.info("template published", template=outcome.template, version=outcome.version)
    PUBLISH_FAILURES.set(sum(outcome.error is not None for outcome in outcomes))
