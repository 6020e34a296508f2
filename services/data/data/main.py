"""Wires the service: the only place that does."""

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.sealing import Sealer
from common.service import create_service
from data.api import realms, sign_in
from data.clients.oidc import OpenIDConnect
from data.clients.outside import outside_client
from data.clients.shard import Shards
from data.db.models import Outbox
from data.settings import Settings
from data.usecases.resources import Resources

SERVICE = "data"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill data",
        description="What live apps call: their tables and sign-in, spoken to by supabase-js.",
        routers=(realms.router, sign_in.router),
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    shards = await stack.enter_async_context(Shards(settings.shards()))
    trusted = settings.oidc_trusted_hosts
    outside = await stack.enter_async_context(outside_client(trusted))
    return Resources(
        **backbone,
        settings=settings,
        shards=shards,
        sealer=Sealer(settings.key_ring()),
        openid=OpenIDConnect(outside, trusted),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return {"database": partial(resources.db.migrate, MIGRATIONS)}


def checks(resources: Resources) -> dict[str, Check]:
    """Live apps need neither the broker nor the object store: without those it is ready all the same."""
    return {"database": resources.db.ping, "app_databases": resources.shards.check}


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start_once("nats", resources.bus.connect)
    supervisor.start("outbox", resources.outbox.relay)
    for shard in resources.shards:
        supervisor.start_once(f"prepare shard {shard.config.name}", shard.prepare)
