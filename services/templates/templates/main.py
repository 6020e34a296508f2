"""Wires the service: the only place that knows all of its parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI

from common.app import build_app
from common.auth import require_service_token
from common.background import Supervisor
from common.logging import get_logger
from templates.api.templates import router
from templates.clients.store import ReleaseStore
from templates.metrics import PUBLISH_FAILURES
from templates.settings import TemplatesSettings
from templates.usecases.catalogue import Catalogue
from templates.usecases.publish import publish

logger = get_logger(__name__)


def create_app(settings: TemplatesSettings) -> FastAPI:
    store = ReleaseStore(settings.templates_store_dir)

    async def publish_content() -> None:
        await _publish_and_report(store, settings.templates_content_dir)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Supervisor({"publishing the bundled templates": publish_content}) as supervisor:
            app.state.checks = {"published": supervisor.check, "store": store.ping}
            yield

    guarded = APIRouter(dependencies=[Depends(require_service_token(settings.service_token))])
    guarded.include_router(router)
    app = build_app(
        title="OverSkill templates",
        description="Versioned foundations of generated apps, served from Git.",
        version="1",
        lifespan=lifespan,
        routers=[guarded],
    )
    app.state.catalogue = Catalogue(store)
    return app


async def _publish_and_report(store: ReleaseStore, content: Path) -> None:
    """A template that cannot be published is no reason to stop serving what is released already."""
    outcomes = await publish(store, content)
    for outcome in outcomes:
        if outcome.error is not None:
            error = outcome.error
            logger.error(
                "template not published", template=outcome.template, code=error.code, reason=error.message
            )
        elif outcome.created:
            logger.info("template published", template=outcome.template, version=outcome.version)
    PUBLISH_FAILURES.set(sum(outcome.error is not None for outcome in outcomes))
