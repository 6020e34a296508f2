"""The skeleton of every service: it opens what it needs, prepares it, tells whether it is well, works.

Each service's `main.py` fills in the same four functions, so who knows one knows all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI
from pydantic import SecretStr

from common.app import Check, build_app
from common.auth import require_service_token
from common.background import Step, Supervisor
from common.database import Database
from common.logging import configure_logging
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.messaging.streams import sized
from common.objects import ObjectStore
from common.settings import DatabaseSettings, NatsSettings, S3Settings, ServiceSettings

R = TypeVar("R")
S = TypeVar("S", bound=ServiceSettings)


class BackboneSettings(ServiceSettings, DatabaseSettings, NatsSettings, S3Settings):
    """The settings of a service that keeps state, does work and tells of it."""


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """What every service that keeps state stands on; its `Resources` add what is its own."""

    db: Database
    bus: Bus
    outbox: Outbox
    objects: ObjectStore

    def preparations(self, migrations: Path) -> dict[str, Step]:
        """The steps before the service can work."""
        return {"database": lambda: self.db.migrate(migrations), "nats": self.bus.connect}

    def checks(self) -> dict[str, Check]:
        """What has to answer for the service to be ready."""
        return {"database": self.db.ping, "nats": self.bus.ping, "object_store": self.objects.ping}


async def open_backbone(
    stack: AsyncExitStack, settings: BackboneSettings, service: str, outbox: Any
) -> dict[str, Any]:
    """The backbone's fields, for the service's own `Resources`; `outbox` is its mapped class."""
    db = Database(settings.database_url, service, settings.database_pool_size)
    stack.push_async_callback(db.close)
    bus = Bus(settings.nats_url, service, streams=sized(settings.stream_bytes()))
    stack.push_async_callback(bus.close)
    objects = await stack.enter_async_context(ObjectStore(settings))
    return {"db": db, "bus": bus, "outbox": Outbox(db, bus, outbox, service), "objects": objects}


async def _tell(app: FastAPI, on_stopping: Callable[[R], None]) -> None:
    await app.state.stopping.wait()
    on_stopping(app.state.resources)


def create_service(
    name: str,
    settings: S,
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    open_resources: Callable[[AsyncExitStack, S], Awaitable[R]],
    preparations: Callable[[R], Mapping[str, Step]],
    checks: Callable[[R], Mapping[str, Check]],
    start_loops: Callable[[Supervisor, R], None],
    service_token: SecretStr | None = None,
    on_stopping: Callable[[R], None] | None = None,
) -> FastAPI:
    """The service's app. With `service_token` all its routes are for other services only.

    Endpoints find `settings` and `resources` in `app.state`. `on_stopping` is called as soon as the server is
    told to stop, so that endless responses end.
    """
    configure_logging(name, settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            resources = await open_resources(stack, settings)
            supervisor = Supervisor(dict(preparations(resources)))
            app.state.settings, app.state.resources = settings, resources
            app.state.stopping = asyncio.Event()
            app.state.checks = {"start": supervisor.check, **checks(resources)}
            await stack.enter_async_context(supervisor)
            start_loops(supervisor, resources)
            if on_stopping is not None:
                supervisor.start_once("stopping", partial(_tell, app, on_stopping), at_once=True)
            yield

    guards = [Depends(require_service_token(service_token))] if service_token is not None else []
    guarded = APIRouter(dependencies=guards)
    for router in routers:
        guarded.include_router(router)
    return build_app(title=title, description=description, version="1", lifespan=lifespan, routers=[guarded])
