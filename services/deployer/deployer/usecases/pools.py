"""What the use cases work with: built once, in the lifespan."""

from dataclasses import dataclass
from typing import Protocol

from common.database import Database
from common.messaging.outbox import Outbox
from deployer.clients.cloudflare import Workers
from deployer.clients.live import LiveApps
from deployer.clients.sealing import Sealer
from deployer.settings import Settings


class Objects(Protocol):
    """An object store's bucket (common.objects.ObjectStore)."""

    async def put(self, key: str, data: bytes, content_type: str = ...) -> None:
        """Store an object, replacing one of the same key; raises Unavailable."""

    async def get(self, key: str) -> bytes:
        """An object's bytes; raises NotFound or Unavailable."""

    async def exists(self, key: str) -> bool:
        """Whether there is such an object; raises Unavailable."""


@dataclass(frozen=True)
class Pools:
    """What lives as long as the process. `artifacts` is the platform's bucket, `assets` the Workers'.

    `runtime` is the source of the module that every Worker runs.
    """

    settings: Settings
    db: Database
    outbox: Outbox
    artifacts: Objects
    assets: Objects
    workers: Workers
    live: LiveApps
    sealer: Sealer
    runtime: bytes
