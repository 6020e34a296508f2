"""What lives as long as the process and the use cases share."""

import asyncio
from dataclasses import dataclass

from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.pool import SandboxPool
from builder.clients.sandbox.process import Isolation
from builder.settings import Settings
from common.database import Database
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.objects import ObjectStore
from common.templates import TemplateClient


@dataclass(frozen=True)
class Pools:
    """`slots` bounds how many builds run at once, of both modes together."""

    settings: Settings
    db: Database
    bus: Bus
    outbox: Outbox
    objects: ObjectStore
    templates: TemplateClient
    dependencies: Dependencies
    isolation: Isolation
    sandboxes: SandboxPool
    slots: asyncio.Semaphore
