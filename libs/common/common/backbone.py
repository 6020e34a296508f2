"""What every service that keeps state stands on: database, broker, outbox and object store."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.app import Check
from common.background import Step
from common.database import Database
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.messaging.streams import sized
from common.objects import ObjectStore
from common.settings import DatabaseSettings, NatsSettings, S3Settings, ServiceSettings


class BackboneSettings(ServiceSettings, DatabaseSettings, NatsSettings, S3Settings):
    """The settings of a service that keeps state, does work and tells of it."""


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """What every service that keeps state stands on; its `Resources` add what is its own."""

    db: Database
    bus: Bus
    outbox: Outbox
    objects: ObjectStore

    def preparations(self, migrations: Path) -> dict[str, Step]:
        """The steps before the service can work."""
        return {"database": lambda: self.db.migrate(migrations), "nats": self.bus.connect}

    def checks(self) -> dict[str, Check]:
        """What has to answer for the service to be ready."""
        return {"database": self.db.ping, "nats": self.bus.ping, "object_store": self.objects.ping}


async def open_backbone(
    stack: AsyncExitStack, settings: BackboneSettings, service: str, outbox: Any
) -> dict[str, Any]:
    """The backbone's fields, for the service's own `Resources`; `outbox` is its mapped class."""
    db = Database(settings.database_url, service, settings.database_pool_size)
    stack.push_async_callback(db.close)
    bus = Bus(settings.nats_url, service, streams=sized(settings.stream_bytes()))
    stack.push_async_callback(bus.close)
    objects = await stack.enter_async_context(ObjectStore(settings))
    return {"db": db, "bus": bus, "outbox": Outbox(db, bus, outbox, service), "objects": objects}
