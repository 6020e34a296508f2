"""Wires the service: the only place that does."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.data import DataClient, data_client
from common.listener import listen
from common.messaging.consumer import consume
from common.messaging.reconciler import reconcile_loop
from common.objects import ObjectStore
from common.retention import retention_loop
from common.sealing import Sealer
from common.service import create_service
from deployer.api import apps, deployments, secrets
from deployer.clients.cloudflare import cloudflare
from deployer.clients.live import live_apps
from deployer.consumers import subscriptions
from deployer.db.models import Outbox
from deployer.db.queue import CHANNEL, OURS
from deployer.db.retention import rules
from deployer.domain.calls import CallLimit
from deployer.settings import Settings
from deployer.usecases.audit import audit_loop
from deployer.usecases.call_budget import SharedCallBudget
from deployer.usecases.keys import check_keys, reseal_loop
from deployer.usecases.reconcile import reconcile
from deployer.usecases.resources import Resources
from deployer.usecases.settle import settle_loop
from deployer.usecases.slots import DeploymentSlots
from deployer.usecases.sweep import mark_loop, sweep_loop
from deployer.usecases.warm_up import warm_up
from deployer.usecases.work_off import work_off
from deployer.worker import runtime_source

SERVICE = "deployer"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill deployer",
        description="Deployments of built apps to Cloudflare Workers and R2. Internal.",
        routers=(deployments.router, secrets.router, apps.router),
        service_token=settings.service_token,
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    assets = await stack.enter_async_context(ObjectStore(settings.assets_s3()))
    budget = SharedCallBudget(
        backbone["db"],
        settings.cloudflare_account_id,
        CallLimit(settings.cloudflare_calls, settings.cloudflare_calls_seconds),
        wait_seconds=settings.cloudflare_wait_seconds,
        longest_block=settings.max_wait_seconds,
    )
    workers = await stack.enter_async_context(cloudflare(settings, budget))
    live = await stack.enter_async_context(live_apps(settings.app_origin_override))
    data = data_client(settings)
    if data is not None:
        await stack.enter_async_context(data)
    slots = DeploymentSlots(settings.deploy_concurrency)
    stack.push_async_callback(slots.close)  # before what the deployments that still run work with
    return Resources(
        **backbone,
        settings=settings,
        assets=assets,
        workers=workers,
        budget=budget,
        live=live,
        data=DataClient(data) if data else None,
        slots=slots,
        sealer=Sealer(settings.key_ring()),
        runtime=runtime_source(),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return resources.preparations(MIGRATIONS)


def checks(resources: Resources) -> dict[str, Check]:
    return {**resources.checks(), "secrets": partial(check_keys, resources.db, resources.sealer)}


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start_once("warm up", partial(warm_up, resources))
    keys = resources.db, resources.sealer
    supervisor.start_once("check the keys of secrets", partial(check_keys, *keys))
    supervisor.start("seal secrets anew", partial(reseal_loop, *keys, resources.settings.reconcile_seconds))
    for subscription in subscriptions(resources):
        supervisor.start(subscription.consumer.name, partial(consume, resources.bus, subscription))
    settings, slots = resources.settings, resources.slots
    supervisor.start("queue", partial(work_off, resources))

    def heard(payload: str | None) -> None:
        if payload != OURS:
            slots.wake()

    supervisor.start("announced deployments", partial(listen, settings.database_url, CHANNEL, heard))
    step = partial(reconcile, resources)
    supervisor.start(
        "reconcile deployments", partial(reconcile_loop, "deployments", settings.reconcile_seconds, step)
    )
    supervisor.start("settle environments", partial(settle_loop, resources))
    supervisor.start("look for unneeded objects", partial(mark_loop, resources))
    supervisor.start("remove unneeded objects", partial(sweep_loop, resources))
    supervisor.start("audit of objects", partial(audit_loop, resources))
    keep = rules(
        deployments=timedelta(days=settings.deployments_keep_days),
        secret_events=timedelta(days=settings.secret_events_keep_days),
    )
    supervisor.start("retention", partial(retention_loop, resources.db, keep))
