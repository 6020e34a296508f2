"""Wires the service: the only place that does."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.messaging.consumer import consume
from common.messaging.reconciler import reconcile_loop
from common.objects import ObjectStore
from common.retention import retention_loop
from common.service import create_service
from deployer.api import apps, deployments, secrets
from deployer.clients.cloudflare import cloudflare
from deployer.clients.live import live_apps
from deployer.clients.sealing import Sealer
from deployer.consumers import subscriptions
from deployer.db.models import Outbox
from deployer.db.retention import rules
from deployer.settings import Settings
from deployer.usecases.reconcile import reconcile
from deployer.usecases.resources import Resources
from deployer.usecases.warm_up import warm_up
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
    return Resources(
        **backbone,
        settings=settings,
        assets=await stack.enter_async_context(ObjectStore(settings.assets_s3())),
        workers=await stack.enter_async_context(cloudflare(settings)),
        live=await stack.enter_async_context(live_apps(settings.app_origin_override)),
        sealer=Sealer(settings.secrets_key_bytes()),
        runtime=runtime_source(),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return resources.preparations(MIGRATIONS)


def checks(resources: Resources) -> dict[str, Check]:
    return resources.checks()


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start("outbox", resources.outbox.relay)
    supervisor.start_once("warm up", partial(warm_up, resources))
    for subscription in subscriptions(resources):
        supervisor.start(subscription.consumer.name, partial(consume, resources.bus, subscription))
    settings = resources.settings
    step = partial(reconcile, resources)
    supervisor.start(
        "reconcile deployments", partial(reconcile_loop, "deployments", settings.reconcile_seconds, step)
    )
    keep = rules(deployments=timedelta(days=settings.deployments_keep_days))
    supervisor.start("retention", partial(retention_loop, resources.db, keep))
