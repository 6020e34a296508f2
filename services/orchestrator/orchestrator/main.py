"""Wires the orchestrator: the only place that knows all its parts."""

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from common.app import build_app
from common.background import Supervisor
from common.database import Database
from common.fairness import ConcurrencyLimiter
from common.http import http_client
from common.logging import configure_logging
from common.messaging.consumer import consume
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.messaging.reconciler import reconcile_loop
from common.messaging.streams import sized
from common.objects import ObjectStore
from common.retention import retention_loop
from common.templates import TemplateClient
from orchestrator.api import account, apps, chat, events, files, releases
from orchestrator.clients.model.anthropic import AnthropicClient
from orchestrator.clients.model.backoff import RetryingClient
from orchestrator.clients.model.pricing import Pricing
from orchestrator.clients.platform import BuilderClient, DeployerClient
from orchestrator.consumers import subscriptions
from orchestrator.db import listener, models
from orchestrator.settings import Settings
from orchestrator.usecases.apps import tear_down_apps
from orchestrator.usecases.feeds import EventHub
from orchestrator.usecases.keys import ensure_bootstrap_key
from orchestrator.usecases.resources import Limits, Resources
from orchestrator.usecases.retention import Ages, rules
from orchestrator.usecases.runs import reconcile
from orchestrator.usecases.warm_up import warm_up

SERVICE = "orchestrator"
_WAITING = 1000  # requests of one team, each a few kB
_TURN_SECONDS = 10.0
MIGRATIONS = Path(__file__).parent / "db" / "migrations"

DESCRIPTION = """\
Turns a prompt into a deployed web app, and goes on editing it by chat.

`POST /v1/apps` starts; `GET /v1/apps/{app}/events` tells everything that happens. Errors are RFC 9457 problem
documents with a stable `code`. POSTs that create take an `Idempotency-Key`.
"""


def create_app(settings: Settings) -> FastAPI:
    configure_logging(SERVICE, settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            resources = await _open_resources(stack, settings)
            hub = EventHub(resources.db, heartbeat=settings.event_heartbeat_seconds)
            app.state.resources, app.state.hub, app.state.settings = resources, hub, settings
            app.state.limiter = ConcurrencyLimiter(
                at_once=max(1, settings.database_pool_size // 2), waiting=_WAITING, seconds=_TURN_SECONDS
            )
            supervisor = await _start_background(stack, settings, resources, hub)
            app.state.stopping = asyncio.Event()
            supervisor.start_once("end streams", functools.partial(hub.close_on, app.state.stopping))
            app.state.checks = {
                "start": supervisor.check,
                "database": resources.db.ping,
                "nats": resources.bus.ping,
                "object_store": resources.objects.ping,
            }
            yield

    routers = (apps.router, chat.router, events.router, files.router, releases.router, account.router)
    return build_app(
        title="OverSkill", description=DESCRIPTION, version="1", lifespan=lifespan, routers=routers
    )


def ages(settings: Settings) -> Ages:
    return Ages(
        conversations=timedelta(days=settings.conversations_keep_days),
        events=timedelta(days=settings.events_keep_days),
        releases=timedelta(days=settings.releases_keep_days),
        sources=timedelta(days=settings.sources_keep_days),
    )


async def _open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    db = Database(settings.database_url, SERVICE, settings.database_pool_size)
    stack.push_async_callback(db.close)
    bus = Bus(settings.nats_url, SERVICE, streams=sized(settings.stream_bytes()))
    stack.push_async_callback(bus.close)
    objects = await stack.enter_async_context(ObjectStore(settings))
    templates = http_client(settings.templates_url, token=settings.templates_token)
    builder = http_client(settings.builder_url, token=settings.builder_token)
    deployer = http_client(settings.deployer_url, token=settings.deployer_token)
    for http in (templates, builder, deployer):
        await stack.enter_async_context(http)
    anthropic = AnthropicClient(
        api_key=settings.anthropic_api_key.get_secret_value(),
        base_url=settings.anthropic_base_url,
        read_timeout=settings.model_silence_seconds,
    )
    stack.push_async_callback(anthropic.close)
    return Resources(
        db=db,
        outbox=Outbox(db, bus, models.Outbox, SERVICE),
        bus=bus,
        objects=objects,
        templates=TemplateClient(templates),
        builder=BuilderClient(builder),
        deployer=DeployerClient(deployer),
        model=RetryingClient(anthropic, budget=settings.model_retry_seconds),
        pricing=Pricing(),
        limits=Limits(
            max_tokens=settings.model_max_tokens,
            max_turns=settings.run_max_turns,
            max_seconds=settings.run_max_seconds,
            max_recoveries=settings.max_recoveries,
            max_failures=settings.max_failures,
            lease_seconds=settings.lease_seconds,
        ),
    )


async def _start_background(
    stack: AsyncExitStack, settings: Settings, resources: Resources, hub: EventHub
) -> Supervisor:
    db, bus = resources.db, resources.bus
    supervisor = Supervisor(
        {
            "database": functools.partial(db.migrate, MIGRATIONS),
            "first key": functools.partial(ensure_bootstrap_key, db=db, key=settings.bootstrap_api_key),
            "nats": bus.connect,
            "object store": resources.objects.ensure_bucket,
        }
    )
    await stack.enter_async_context(supervisor)
    supervisor.start_once("warm up", functools.partial(warm_up, resources, settings.default_template))
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start("event listener", functools.partial(listener.listen, settings.database_url, hub.wake))
    supervisor.start("stored events", hub.read_stored)
    supervisor.start("followers", hub.check_followers)
    supervisor.start("live events", functools.partial(bus.listen_live, "live.app.*", hub.hear_live_event))
    supervisor.start("build logs", functools.partial(bus.listen_live, "logs.build.*", hub.hear_log_line))
    for subscription in subscriptions(resources, run_concurrency=settings.run_concurrency):
        supervisor.start(subscription.consumer.name, functools.partial(consume, bus, subscription))
    for name, step in (
        ("runs", reconcile.resend_runs),
        ("builds", reconcile.resend_builds),
        ("deployments", reconcile.resend_deployments),
    ):
        loop = functools.partial(
            reconcile_loop, name, settings.reconcile_seconds, functools.partial(step, resources)
        )
        supervisor.start(f"reconcile {name}", loop)
    supervisor.start("tear down", functools.partial(tear_down_apps, resources))
    keep = rules(ages(settings), resources.objects)
    supervisor.start("retention", functools.partial(retention_loop, db, keep))
    return supervisor
