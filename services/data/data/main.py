"""Wires the service: the only place that does."""

from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from common.app import Check
from common.backbone import open_backbone
from common.background import Step, Supervisor
from common.listener import listen
from common.middleware import BodyLimits
from common.retention import retention_loop
from common.sealing import Sealer
from common.service import create_service
from data.api import apps, auth, databases, migrations, realms, rest, sign_in
from data.clients.mails import Mailer
from data.clients.oidc import OpenIDConnect
from data.clients.outside import outside_client
from data.clients.passwords import Passwords
from data.clients.shard import Shards
from data.clients.signing import Signer, parse_signing_keys
from data.db.models import Outbox
from data.db.records import Dump, Restore
from data.db.retention import rules
from data.settings import Settings
from data.usecases.allowance import Allowance
from data.usecases.auth.mail import mail_loop
from data.usecases.auth.mail_requests import request_loop
from data.usecases.auth.sweep import sweep_loop
from data.usecases.dumps import schedule_loop, take_dump
from data.usecases.known_realms import CHANNEL, KnownRealms
from data.usecases.measure import measure_loop, usage_loop
from data.usecases.realms import load_realm
from data.usecases.resources import Resources
from data.usecases.rest.schemas import Schemas
from data.usecases.restores import restore
from data.usecases.sign_in_settings import reseal_loop
from data.usecases.work import work_off

SERVICE = "data"
_RESEAL_SECONDS = 60.0
MIGRATIONS = Path(__file__).parent / "db" / "migrations"


def create_app(settings: Settings) -> FastAPI:
    return create_service(
        SERVICE,
        settings,
        title="OverSkill data",
        description="What live apps call: their tables and sign-in, spoken to by supabase-js.",
        # In the order in which they are looked through: what apps ask most comes first.
        routers=(
            rest.router,
            realms.router,
            migrations.router,
            databases.router,
            apps.router,
            sign_in.router,
            auth.router,
        ),
        shortcut=rest.RestShortcut,
        limits=BodyLimits(settings.app_request_bytes, {}),
        open_resources=open_resources,
        preparations=preparations,
        checks=checks,
        start_loops=start_loops,
    )


async def open_resources(stack: AsyncExitStack, settings: Settings) -> Resources:
    backbone = await open_backbone(stack, settings, SERVICE, Outbox)
    allowance = Allowance(settings)
    shards = await stack.enter_async_context(Shards(settings.shards(), allowance.answered))
    trusted = settings.oidc_trusted_hosts
    outside = await stack.enter_async_context(outside_client(trusted))
    passwords = Passwords(
        memory_kib=settings.password_memory_kib,
        rounds=settings.password_rounds,
        threads=settings.password_threads,
    )
    stack.callback(passwords.close)
    url = settings.smtp_url
    return Resources(
        **backbone,
        settings=settings,
        shards=shards,
        allowance=allowance,
        sealer=Sealer(settings.key_ring()),
        openid=OpenIDConnect(outside, trusted),
        known_realms=KnownRealms(partial(load_realm, backbone["db"])),
        signer=Signer(parse_signing_keys(settings.jwt_keys.get_secret_value())),
        passwords=passwords,
        mailer=None if url is None else Mailer(url.get_secret_value(), settings.smtp_sender),
        schemas=Schemas(settings.schemas_kept),
    )


def preparations(resources: Resources) -> dict[str, Step]:
    return {"database": partial(resources.db.migrate, MIGRATIONS)}


def checks(resources: Resources) -> dict[str, Check]:
    """Live apps need neither the broker nor the object store: without those it is ready all the same."""
    return {"database": resources.db.ping, "app_databases": resources.shards.check}


def start_loops(supervisor: Supervisor, resources: Resources) -> None:
    supervisor.start_once("nats", resources.bus.connect)
    supervisor.start_once("object store", resources.objects.ensure_bucket)
    supervisor.start("outbox", resources.outbox.relay)
    settings, heard = resources.settings, resources.known_realms.heard
    supervisor.start("announced realms", partial(listen, settings.database_url, CHANNEL, heard))
    supervisor.start(
        "seal secrets anew", partial(reseal_loop, resources.db, resources.sealer, _RESEAL_SECONDS)
    )
    for shard in resources.shards:
        supervisor.start_once(f"prepare shard {shard.config.name}", shard.prepare)
        supervisor.start(f"sweep of shard {shard.config.name}", partial(sweep_loop, shard))
        asked = partial(request_loop, resources, shard, settings.smtp_poll_seconds)
        supervisor.start(f"mail requests of shard {shard.config.name}", asked)
        if resources.mailer is not None:
            mails = partial(mail_loop, shard, resources.mailer, settings.smtp_poll_seconds)
            supervisor.start(f"mails of shard {shard.config.name}", mails)
    supervisor.start("dumps", partial(work_off, resources, Dump, take_dump))
    supervisor.start("restores", partial(work_off, resources, Restore, restore))
    supervisor.start("schedule dumps", partial(schedule_loop, resources))
    keep = rules(
        resources.objects,
        restores=timedelta(days=settings.restores_keep_days),
        usage=timedelta(days=settings.usage_keep_days),
    )
    supervisor.start("retention", partial(retention_loop, resources.db, keep))
    supervisor.start("measure shards", partial(measure_loop, resources))
    supervisor.start("usage", partial(usage_loop, resources))
