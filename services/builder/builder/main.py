"""Wires the service: the only place that does."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from builder.api import apps, builds
from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.isolation import Bubblewrap, NoIsolation
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node, find_node
from builder.clients.sandbox.pool import SandboxPool
from builder.clients.sandbox.process import Isolation
from builder.consumers import subscriptions
from builder.db.models import Outbox
from builder.db.retention import rules
from builder.settings import Settings
from builder.usecases.reconcile import reconcile
from builder.usecases.resources import Resources
from builder.usecases.sweep import sweep_loop
from builder.usecases.warm_up import warm_up
from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.http import http_client
from common.logging import get_logger
from common.messaging.consumer import consume
from common.messaging.reconciler import reconcile_loop
from common.retention import retention_loop
from common.service import create_service
from common.templates import TemplateClient

SERVICE = "builder"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"

logger = get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill builder",
        description="Isolated builds of generated apps. Internal.",
        routers=(builds.router, apps.router),
        service_token=settings.service_token,
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    templates = http_client(settings.templates_url, token=settings.templates_token)
    stack.push_async_callback(templates.aclose)
    node = find_node(settings.node_binary)
    isolation = _isolation(settings, node)
    sandboxes = SandboxPool(isolation, settings.builder_warm)
    stack.push_async_callback(sandboxes.close)
    cache = settings.builder_cache_dir.absolute()
    return Resources(
        **backbone,
        settings=settings,
        templates=TemplateClient(templates),
        dependencies=Dependencies(node, cache, settings.builder_install_seconds),
        isolation=isolation,
        sandboxes=sandboxes,
        slots=asyncio.Semaphore(settings.builder_concurrency),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return resources.preparations(MIGRATIONS)


def checks(resources: Resources) -> dict[str, Check]:
    return {**resources.checks(), "isolation": resources.isolation.check}


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start("warm up", partial(warm_up, resources))
    supervisor.start("sweep", partial(sweep_loop, resources))
    for subscription in subscriptions(resources):
        supervisor.start(subscription.consumer.name, partial(consume, resources.bus, subscription))
    settings = resources.settings
    step = partial(reconcile, resources)
    supervisor.start("reconcile builds", partial(reconcile_loop, "builds", settings.reconcile_seconds, step))
    keep = rules(builds=timedelta(days=settings.builds_keep_days))
    supervisor.start("retention", partial(retention_loop, resources.db, keep))


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
