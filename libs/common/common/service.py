"""The skeleton of every service: it opens what it needs, prepares it, tells whether it is well, works.

Each service's `main.py` fills in the same four functions, so who knows one knows all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypeVar, Unpack

from fastapi import APIRouter, Depends, FastAPI
from pydantic import SecretStr

from common.app import Check, Http, build_app
from common.auth import require_service_token
from common.background import Step, Supervisor
from common.logging import configure_logging
from common.settings import ServiceSettings

R = TypeVar("R")
S = TypeVar("S", bound=ServiceSettings)


async def _tell(app: FastAPI, on_stopping: Callable[[R], None]) -> None:
    await app.state.stopping.wait()
    on_stopping(app.state.resources)


def create_service(
    name: str,
    settings: S,
    *,
    routers: Sequence[APIRouter],
    open_resources: Callable[[AsyncExitStack, S], Awaitable[R]],
    preparations: Callable[[R], Mapping[str, Step]],
    checks: Callable[[R], Mapping[str, Check]],
    start_loops: Callable[[Supervisor, R], None],
    service_token: SecretStr | None = None,
    on_stopping: Callable[[R], None] | None = None,
    drain: Callable[[R], Awaitable[None]] | None = None,
    **http: Unpack[Http],
) -> FastAPI:
    """The service's app. With `service_token` all its routes are for other services only.

    Endpoints find `settings` and `resources` in `app.state`. `on_stopping` is called as soon as the server is
    told to stop, so that endless responses end, and `drain` before the loops are: it may wait for their work.
    """
    configure_logging(name, settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            resources = await open_resources(stack, settings)
            supervisor = Supervisor(dict(preparations(resources)))
            app.state.settings, app.state.resources, app.state.stopping = settings, resources, asyncio.Event()
            app.state.checks = {"start": supervisor.check, **checks(resources)}
            await stack.enter_async_context(supervisor)
            start_loops(supervisor, resources)
            if drain is not None:
                stack.push_async_callback(drain, resources)
            if on_stopping is not None:
                supervisor.start_once("stopping", partial(_tell, app, on_stopping), at_once=True)
            yield

    guarded = [_guarded(routers, service_token)]
    return build_app(lifespan=lifespan, routers=guarded, **http)


def _guarded(routers: Sequence[APIRouter], service_token: SecretStr | None) -> APIRouter:
    guards = [Depends(require_service_token(service_token))] if service_token is not None else []
    guarded = APIRouter(dependencies=guards)
    for router in routers:
        guarded.include_router(router)
    return guarded
