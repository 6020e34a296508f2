"""What the use cases work with: built once, in the lifespan."""

from dataclasses import dataclass

from common.backbone import Backbone
from common.sealing import Sealer
from data.clients.mails import Mailer
from data.clients.oidc import OpenIDConnect
from data.clients.passwords import Passwords
from data.clients.shard import Shards
from data.clients.signing import Signer
from data.settings import Settings
from data.usecases.allowance import Allowance
from data.usecases.known_realms import KnownRealms
from data.usecases.rest.schemas import Schemas


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """What lives as long as the process. Without a mailer mails are written and not sent."""

    settings: Settings
    shards: Shards
    sealer: Sealer
    openid: OpenIDConnect
    known_realms: KnownRealms
    signer: Signer
    passwords: Passwords
    mailer: Mailer | None
    schemas: Schemas
    allowance: Allowance
