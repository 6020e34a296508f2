"""Wires the service: the only place that does."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from builder.api import apps, builds, packages
from builder.clients.browser.command import PROFILE_BYTES
from builder.clients.browser.pool import BrowserKeeping, Browsers, axe_files
from builder.clients.browser.ways import BrowserWay, browser_way
from builder.clients.calm import Calm
from builder.clients.dependencies import Dependencies
from builder.clients.npm import Npm
from builder.clients.registry import Registry
from builder.clients.sandbox.isolation import Contained, NoIsolation
from builder.clients.sandbox.levels import Level, ways
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node, find_node
from builder.clients.sandbox.pool import Keeping, SandboxPool
from builder.clients.sandbox.runner import Runner
from builder.clients.sandbox.users import SandboxUsers
from builder.consumers import subscriptions
from builder.db.models import Outbox
from builder.db.queue import CHANNEL, OURS
from builder.db.retention import rules
from builder.domain.packages.policy import Policy, shipped
from builder.metrics import WARM_BROWSERS, WARM_BYTES, WARM_SANDBOXES
from builder.settings import Settings
from builder.usecases.check_pages import check_pages
from builder.usecases.drain import drain
from builder.usecases.measure import measure_loop
from builder.usecases.resources import Resources
from builder.usecases.slots import BuildSlots
from builder.usecases.sweep import sweep_loop
from builder.usecases.warm_up import warm_up
from builder.usecases.work_off import work_off
from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.http import http_client
from common.listener import listen
from common.logging import get_logger
from common.messaging.consumer import consume
from common.retention import retention_loop
from common.service import create_service
from common.templates import TemplateClient

SERVICE = "builder"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"

_CLAIM_SECONDS = 0.3
_CALM_WITHIN_SECONDS = 5.0
_IDLE_SECONDS = 3600.0  # before unused packages of an app may go
_BROWSER_PROCESSES = 512  # and threads, of a browser and its tabs

logger = get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill builder",
        description="Isolated builds of generated apps. Internal.",
        routers=(builds.router, apps.router, packages.router),
        service_token=settings.service_token,
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
        on_stopping=lambda resources: resources.slots.stop(),
        drain=drain,
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    templates = http_client(settings.templates_url, token=settings.templates_token)
    stack.push_async_callback(templates.aclose)
    node = find_node(settings.node_binary)
    users = SandboxUsers(settings.builder_sandbox_uid, settings.builder_sandbox_uids)
    runner = _runner(settings, node, users)
    keeping = Keeping(
        ready=settings.builder_warm,
        app_bytes=settings.builder_warm_app_bytes,
        sandbox_bytes=settings.builder_memory_bytes // 2,
        app_seconds=settings.builder_warm_app_seconds,
    )
    # A build's own look follows it after the delay.
    calm = Calm(settings.builder_browser_delay_seconds + _CLAIM_SECONDS, _CALM_WITHIN_SECONDS)
    sandboxes = SandboxPool(runner, keeping, calm)
    stack.push_async_callback(sandboxes.close)
    WARM_SANDBOXES.set_function(sandboxes.app_count)
    WARM_BYTES.set_function(sandboxes.app_bytes)
    slots = BuildSlots(settings.builder_concurrency)
    stack.push_async_callback(slots.close)
    cache = settings.builder_cache_dir.absolute()
    dependencies = _dependencies(settings, node, cache)
    browsers = _browsers(settings, runner, users, dependencies)
    stack.push_async_callback(browsers.close)
    WARM_BROWSERS.set_function(browsers.app_count)
    return Resources(
        **backbone,
        settings=settings,
        templates=TemplateClient(templates),
        dependencies=dependencies,
        registry=Registry(Npm(node, cache), cache / "resolving", settings.builder_resolve_seconds),
        package_policy=_package_policy(settings),
        runner=runner,
        sandboxes=sandboxes,
        slots=slots,
        browsers=browsers,
        calm=calm,
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return resources.preparations(MIGRATIONS)


def checks(resources: Resources) -> dict[str, Check]:
    return {**resources.checks(), "isolation": resources.runner.check}


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start("warm up", partial(warm_up, resources))
    supervisor.start("evict", resources.sandboxes.evict_loop)
    supervisor.start("evict browsers", resources.browsers.evict_loop)
    supervisor.start("sweep", partial(sweep_loop, resources))
    for subscription in subscriptions(resources):
        supervisor.start(subscription.consumer.name, partial(consume, resources.bus, subscription))
    settings, slots = resources.settings, resources.slots
    supervisor.start("queue", partial(work_off, resources))
    supervisor.start("measure queue", partial(measure_loop, resources))

    def heard(payload: str | None) -> None:
        if payload != OURS:
            slots.wake()

    supervisor.start("announced builds", partial(listen, settings.database_url, CHANNEL, heard))
    supervisor.start("browser check", partial(check_pages, resources))
    keep = rules(builds=timedelta(days=settings.builds_keep_days))
    supervisor.start("retention", partial(retention_loop, resources.db, keep))


def _dependencies(settings: Settings, node: Node, cache: Path) -> Dependencies:
    longest = settings.builder_warm_app_seconds + settings.builder_production_seconds
    return Dependencies(
        node,
        cache,
        settings.builder_install_seconds,
        keep=settings.builder_package_trees,
        idle_seconds=_IDLE_SECONDS + longest,
    )


def _package_policy(settings: Settings) -> Policy:
    policy = shipped()
    further = {name.strip() for name in (settings.builder_packages_allowed or "").split(",")} - {""}
    return replace(policy, allowed=policy.allowed | further)


def _browsers(
    settings: Settings, runner: Runner, users: SandboxUsers, dependencies: Dependencies
) -> Browsers:
    limits = Limits(
        memory_bytes=settings.builder_browser_memory_bytes,
        cpus=settings.builder_cpus,
        processes=_BROWSER_PROCESSES,
        disk_bytes=PROFILE_BYTES,
        output_bytes=0,
    )
    modules = partial(dependencies.prepare, axe_files())
    refused = None if settings.builder_browser_check else "BUILDER_BROWSER_CHECK is off."

    async def way() -> BrowserWay:
        level = Level(await runner.check())
        return await asyncio.to_thread(browser_way, level, users, settings.builder_work_dir.absolute())

    keeping = BrowserKeeping(settings.builder_warm_browsers, settings.builder_warm_app_seconds)
    return Browsers(limits, way, settings.chromium_binary, modules, keeping, refused=refused)


def _runner(settings: Settings, node: Node, users: SandboxUsers) -> Runner:
    limits = Limits(
        memory_bytes=settings.builder_memory_bytes,
        cpus=settings.builder_cpus,
        processes=settings.builder_processes,
        disk_bytes=settings.builder_disk_bytes,
        output_bytes=settings.builder_output_bytes,
    )
    if settings.builder_isolation is Level.OFF:
        logger.warning(
            "BUILDER_ISOLATION=off: generated code runs WITHOUT isolation, with the builder's rights"
        )
        return NoIsolation(node, limits, settings.builder_work_dir.absolute())
    accepted = ways(settings.builder_isolation, users, settings.builder_work_dir.absolute())
    return Contained(node, limits, settings.builder_isolation, accepted)
