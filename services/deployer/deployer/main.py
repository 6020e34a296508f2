"""Wires the service: the only place that does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from common.app import build_app
from common.background import Supervisor
from common.database import Database
from common.messaging.consumer import consume
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.messaging.reconciler import reconcile_loop
from common.messaging.streams import sized
from common.objects import ObjectStore
from common.retention import retention_loop
from deployer import consumers
from deployer.api import apps, deployments, secrets
from deployer.clients.cloudflare import cloudflare
from deployer.clients.live import live_apps
from deployer.clients.sealing import Sealer
from deployer.db.models import Outbox as OutboxRow
from deployer.db.retention import rules
from deployer.settings import Settings
from deployer.usecases.pools import Pools
from deployer.usecases.reconcile import reconcile
from deployer.usecases.warm_up import warm_up
from deployer.worker import runtime_source

SERVICE = "deployer"
MIGRATIONS = Path(__file__).parent / "db" / "migrations"


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            db = Database(settings.database_url, SERVICE, settings.database_pool_size)
            stack.push_async_callback(db.close)
            bus = Bus(settings.nats_url, SERVICE, streams=sized(settings.stream_bytes()))
            stack.push_async_callback(bus.close)
            artifacts = await stack.enter_async_context(ObjectStore(settings))
            pools = Pools(
                settings=settings,
                db=db,
                outbox=Outbox(db, bus, OutboxRow, SERVICE),
                artifacts=artifacts,
                assets=await stack.enter_async_context(ObjectStore(settings.assets_s3())),
                workers=await stack.enter_async_context(cloudflare(settings)),
                live=await stack.enter_async_context(live_apps(settings.app_origin_override)),
                sealer=Sealer(settings.secrets_key_bytes()),
                runtime=runtime_source(),
            )
            app.state.pools = pools
            supervisor = Supervisor({"database": lambda: db.migrate(MIGRATIONS), "nats": bus.connect})
            app.state.checks.update(
                start=supervisor.check, database=db.ping, nats=bus.ping, object_store=artifacts.ping
            )
            await stack.enter_async_context(supervisor)
            _start_loops(supervisor, pools, bus)
            yield

    return build_app(
        title="OverSkill deployer",
        description="Deployments of built apps to Cloudflare Workers and R2. Internal.",
        version="1",
        lifespan=lifespan,
        routers=[
            deployments.router(settings.service_token),
            secrets.router(settings.service_token),
            apps.router(settings.service_token),
        ],
    )


def _start_loops(supervisor: Supervisor, pools: Pools, bus: Bus) -> None:
    settings = pools.settings
    supervisor.start_once("warm-up", lambda: warm_up(pools))
    supervisor.start("outbox", pools.outbox.relay)
    keep = rules(deployments=timedelta(days=settings.deployments_keep_days))
    supervisor.start("retention", lambda: retention_loop(pools.db, keep))
    supervisor.start("deployments", lambda: consume(bus, consumers.deployments(pools)))
    supervisor.start(
        "reconciler",
        lambda: reconcile_loop("deployments", settings.reconcile_seconds, lambda: reconcile(pools)),
    )
