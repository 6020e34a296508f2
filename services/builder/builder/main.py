"""Wires the service: the only place that does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from builder import consumers
from builder.api import apps, builds
from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.isolation import Bubblewrap, NoIsolation
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node, find_node
from builder.clients.sandbox.pool import SandboxPool
from builder.clients.sandbox.process import Isolation
from builder.db.models import Outbox as OutboxRow
from builder.db.retention import rules
from builder.settings import Settings
from builder.usecases.pools import Pools
from builder.usecases.reconcile import reconcile
from builder.usecases.sweep import sweep_loop
from builder.usecases.warm_up import warm_up
from common.app import build_app
from common.background import Supervisor
from common.database import Database
from common.http import http_client
from common.logging import get_logger
from common.messaging.consumer import consume
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.messaging.reconciler import reconcile_loop
from common.messaging.streams import sized
from common.objects import ObjectStore
from common.retention import retention_loop
from common.templates import TemplateClient

SERVICE = "builder"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"

logger = get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            pools = await _pools(settings, stack)
            app.state.pools = pools
            supervisor = Supervisor(
                {"database": lambda: pools.db.migrate(MIGRATIONS), "nats": pools.bus.connect}
            )
            app.state.checks.update(
                start=supervisor.check,
                database=pools.db.ping,
                nats=pools.bus.ping,
                object_store=pools.objects.ping,
                isolation=pools.isolation.check,
            )
            await stack.enter_async_context(supervisor)
            _start_loops(supervisor, pools)
            yield

    return build_app(
        title="OverSkill builder",
        description="Isolated builds of generated apps. Internal.",
        version="1",
        lifespan=lifespan,
        routers=[builds.router(settings.service_token), apps.router(settings.service_token)],
    )


async def _pools(settings: Settings, stack: AsyncExitStack) -> Pools:
    db = Database(settings.database_url, SERVICE, settings.database_pool_size)
    stack.push_async_callback(db.close)
    bus = Bus(settings.nats_url, SERVICE, streams=sized(settings.stream_bytes()))
    stack.push_async_callback(bus.close)
    http = http_client(settings.templates_url, token=settings.templates_token)
    stack.push_async_callback(http.aclose)
    node = find_node(settings.node_binary)
    isolation = _isolation(settings, node)
    sandboxes = SandboxPool(isolation, settings.builder_warm)
    stack.push_async_callback(sandboxes.close)
    cache = settings.builder_cache_dir.absolute()
    return Pools(
        settings=settings,
        db=db,
        bus=bus,
        outbox=Outbox(db, bus, OutboxRow, SERVICE),
        objects=await stack.enter_async_context(ObjectStore(settings)),
        templates=TemplateClient(http),
        dependencies=Dependencies(node, cache, settings.builder_install_seconds),
        isolation=isolation,
        sandboxes=sandboxes,
        slots=asyncio.Semaphore(settings.builder_concurrency),
    )


def _isolation(settings: Settings, node: Node) -> Isolation:
    limits = Limits(
        memory_bytes=settings.builder_memory_bytes,
        cpus=settings.builder_cpus,
        processes=settings.builder_processes,
        disk_bytes=settings.builder_disk_bytes,
        output_bytes=settings.builder_output_bytes,
    )
    if settings.builder_isolation == "off":
        logger.warning(
            "BUILDER_ISOLATION=off: generated code runs WITHOUT isolation, with the builder's rights"
        )
        return NoIsolation(node, limits, settings.builder_work_dir.absolute())
    return Bubblewrap(node, limits, settings.builder_sandbox_uid)


def _start_loops(supervisor: Supervisor, pools: Pools) -> None:
    supervisor.start("outbox", pools.outbox.relay)
    supervisor.start("warm-up", lambda: warm_up(pools))
    supervisor.start("sweep", lambda: sweep_loop(pools))
    previews, productions = consumers.subscriptions(pools)
    supervisor.start("previews", lambda: consume(pools.bus, previews))
    supervisor.start("productions", lambda: consume(pools.bus, productions))
    keep = rules(builds=timedelta(days=pools.settings.builds_keep_days))
    supervisor.start("retention", lambda: retention_loop(pools.db, keep))
    interval = pools.settings.reconcile_seconds
    supervisor.start("reconciler", lambda: reconcile_loop("builds", interval, lambda: reconcile(pools)))
