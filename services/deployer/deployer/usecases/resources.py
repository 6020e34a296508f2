"""What the use cases work with: built once, in the lifespan."""

from dataclasses import dataclass

from common.backbone import Backbone
from common.data import DataClient
from common.objects import ObjectStore
from common.sealing import Sealer
from deployer.clients.cloudflare import Workers
from deployer.clients.live import LiveApps
from deployer.settings import Settings
from deployer.usecases.call_budget import SharedCallBudget
from deployer.usecases.slots import DeploymentSlots


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """What lives as long as the process. `objects` is the platform's bucket, `assets` the Workers'.

    `runtime` is the source of the module that every Worker runs. `data` is None where apps have no database.
    """

    settings: Settings
    assets: ObjectStore
    workers: Workers
    budget: SharedCallBudget
    live: LiveApps
    data: DataClient | None
    sealer: Sealer
    slots: DeploymentSlots
    runtime: bytes
