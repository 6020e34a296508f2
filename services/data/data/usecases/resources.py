"""What the use cases work with: built once, in the lifespan."""

from dataclasses import dataclass

from common.backbone import Backbone
from common.sealing import Sealer
from data.clients.oidc import OpenIDConnect
from data.clients.shard import Shards
from data.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """What lives as long as the process."""

    settings: Settings
    shards: Shards
    sealer: Sealer
    openid: OpenIDConnect
