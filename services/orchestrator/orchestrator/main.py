"""Wires the service: the only place that does."""

import time
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypedDict

from fastapi import FastAPI

from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.data import DataClient, data_client
from common.fairness import ConcurrencyLimiter
from common.http import http_client
from common.listener import listen
from common.messaging.consumer import consume
from common.messaging.reconciler import reconcile_loop
from common.middleware import USUAL_LIMITS, BodyLimits
from common.retention import retention_loop
from common.service import create_service
from common.templates import TemplateClient
from orchestrator.api import (
    account,
    apps,
    chat,
    databases,
    deployments,
    events,
    files,
    packages,
    secrets,
    sign_in,
    upgrades,
    uploads,
)
from orchestrator.clients.database import DatabaseClient
from orchestrator.clients.images.openai import OpenAIPictures
from orchestrator.clients.model.anthropic.client import AnthropicClient
from orchestrator.clients.model.backoff import RetryingClient
from orchestrator.clients.model.openai.client import NO_KEY, OPENAI_URL, OpenAIClient
from orchestrator.clients.model.pricing import Pricing, read_prices
from orchestrator.clients.model.protocol import ModelClient
from orchestrator.clients.model.routing import RoutingClient
from orchestrator.clients.model.vendor import VendorClient, VendorOptions
from orchestrator.clients.platform import BuilderClient, DeployerClient
from orchestrator.consumers import subscriptions
from orchestrator.db.events import CHANNEL
from orchestrator.db.models import Outbox
from orchestrator.domain.breaker import Breaker
from orchestrator.domain.pictures import MAX_PICTURE_BYTES
from orchestrator.domain.routes import Vendor
from orchestrator.settings import Settings
from orchestrator.usecases.apps import tear_down_apps
from orchestrator.usecases.builds import give_up_pages
from orchestrator.usecases.feeds import EventHub
from orchestrator.usecases.foundations import Foundations
from orchestrator.usecases.keys import ensure_bootstrap_key
from orchestrator.usecases.resources import Limits, Resources, Shares
from orchestrator.usecases.retention import Ages, rules
from orchestrator.usecases.runs import reconcile
from orchestrator.usecases.warm_up import warm_up

SERVICE = "orchestrator"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"

DESCRIPTION = """\
Turns a prompt into a deployed web app, and goes on editing it by chat.

`POST /v1/apps` starts; `GET /v1/apps/{app}/events` tells everything that happens. Errors are RFC 9457 problem
documents with a stable `code`. POSTs that create take an `Idempotency-Key`.
"""


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill",
        description=DESCRIPTION,
        routers=(
            apps.router,
            chat.router,
            events.router,
            files.router,
            packages.router,
            deployments.router,
            secrets.router,
            sign_in.router,
            databases.router,
            account.router,
            uploads.router,
            upgrades.router,
        ),
        limits=BodyLimits(USUAL_LIMITS.usual, {uploads.PATH: MAX_PICTURE_BYTES}),
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
        on_stopping=lambda resources: resources.hub.close(),
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    templating = http_client(settings.templates_url, token=settings.templates_token)
    builder = http_client(settings.builder_url, token=settings.builder_token)
    deployer = http_client(settings.deployer_url, token=settings.deployer_token)
    data = data_client(settings)
    for http in (templating, builder, deployer, *([data] if data else [])):
        await stack.enter_async_context(http)
    breaker = Breaker(time.monotonic, threshold=settings.model_attempts, seconds=settings.model_open_seconds)
    templates = TemplateClient(templating)
    return Resources(
        **backbone,
        settings=settings,
        templates=templates,
        foundations=Foundations(templates),
        builder=BuilderClient(builder),
        deployer=DeployerClient(deployer),
        data=DataClient(data) if data else None,
        database=DatabaseClient(data),
        model=RetryingClient(
            RoutingClient(await _vendors(stack, settings), breaker, expected=settings.named_models),
            budget=settings.model_retry_seconds,
        ),
        pictures=_pictures(stack, settings),
        routes=settings.routes,
        breaker=breaker,
        pricing=Pricing(
            read_prices(settings.model_prices_file) if settings.model_prices_file else None,
            free_repairs=settings.repair_free_microdollars,
            caps=settings.caps(),
        ),
        limits=_limits(settings),
        shares=_shares(settings),
        hub=EventHub(
            backbone["db"],
            heartbeat=settings.event_heartbeat_seconds,
            streams_per_team=settings.event_streams_per_team,
        ),
        requests=_requests(settings),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    key = resources.settings.bootstrap_api_key
    return {
        **resources.preparations(MIGRATIONS),
        "first key": partial(ensure_bootstrap_key, db=resources.db, key=key),
        "object store": resources.objects.ensure_bucket,
    }


def checks(resources: Resources) -> dict[str, Check]:
    return resources.checks()


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    settings, bus, hub = resources.settings, resources.bus, resources.hub
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start("foundations", resources.foundations.follow)
    supervisor.start_once("warm up", partial(warm_up, resources, settings.default_template))
    for subscription in subscriptions(resources, run_concurrency=settings.run_concurrency):
        supervisor.start(subscription.consumer.name, partial(consume, bus, subscription))
    for name, resend in (
        ("runs", reconcile.resend_runs),
        ("builds", reconcile.resend_builds),
        ("deployments", reconcile.resend_deployments),
        ("pages", give_up_pages),
    ):
        step = partial(resend, resources)
        supervisor.start(f"reconcile {name}", partial(reconcile_loop, name, settings.reconcile_seconds, step))
    supervisor.start(
        "event listener", partial(listen, settings.database_url, CHANNEL, hub.wake), after="database"
    )
    supervisor.start("stored events", hub.read_stored, after="database")
    supervisor.start("followers", hub.check_followers, after="database")
    supervisor.start("live events", partial(bus.listen_live, "live.app.*", hub.hear_live_event))
    supervisor.start("build logs", partial(bus.listen_live, "logs.build.*", hub.hear_live_event))
    supervisor.start("tear down", partial(tear_down_apps, resources))
    keep = rules(ages(settings), resources.objects)
    supervisor.start("retention", partial(retention_loop, resources.db, keep))


async def _vendors(stack: AsyncExitStack, settings: Settings) -> dict[Vendor, ModelClient]:
    """The clients of the vendors that are set up."""
    options = VendorOptions(
        connect_timeout=settings.model_connect_seconds,
        read_timeout=settings.model_silence_seconds,
        quiet_timeout=settings.model_quiet_seconds,
        effort=settings.model_effort,
    )
    made: dict[Vendor, VendorClient] = {}
    if settings.anthropic_api_key:
        key = settings.anthropic_api_key.get_secret_value()
        made["anthropic"] = AnthropicClient(
            api_key=key, base_url=settings.anthropic_base_url, lifetime=settings.model_cache_ttl, **options
        )
    if "openai" in settings.vendors:
        made["openai"] = OpenAIClient(**_openai(settings), **options)
    for client in made.values():
        stack.push_async_callback(client.close)
    return {**made}


def _pictures(stack: AsyncExitStack, settings: Settings) -> OpenAIPictures | None:
    """Who makes pictures, if somebody is set up to."""
    if not settings.image_model:
        return None
    client = OpenAIPictures(**_openai(settings), model=settings.image_model, seconds=settings.image_seconds)
    stack.push_async_callback(client.close)
    return client


class _Access(TypedDict):
    api_key: str
    base_url: str


def _openai(settings: Settings) -> _Access:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else NO_KEY
    return {"api_key": key, "base_url": settings.openai_base_url or OPENAI_URL}


def ages(settings: Settings) -> Ages:
    """How long things that nobody needs any more are kept."""
    return Ages(
        conversations=timedelta(days=settings.conversations_keep_days),
        events=timedelta(days=settings.events_keep_days),
        deployments=timedelta(days=settings.deployments_keep_days),
        sources=timedelta(days=settings.sources_keep_days),
        uploads=timedelta(days=settings.uploads_keep_days),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_tokens=settings.model_max_tokens,
        max_turns=settings.run_max_turns,
        max_seconds=settings.run_max_seconds,
        max_recoveries=settings.max_recoveries,
        max_failures=settings.max_failures,
        lease_seconds=settings.lease_seconds,
        model_attempts=settings.model_attempts,
    )


def _shares(settings: Settings) -> Shares:
    return Shares(
        at_work=settings.team_run_concurrency,
        queued=settings.team_queued_messages,
        per_minute=settings.team_runs_per_minute,
        caps=settings.caps(),
        upgrades=settings.team_upgrades_per_day,
        asides=settings.team_free_requests_per_day,
    )


def _requests(settings: Settings) -> ConcurrencyLimiter:
    """A team's share is a quarter of the connections; a waiting request takes a few kB."""
    share = max(1, settings.database_pool_size // 2)
    return ConcurrencyLimiter(at_once=share, waiting=1000, seconds=10.0)
