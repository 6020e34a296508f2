"""The process-wide resources of the use cases that carry a run."""

from dataclasses import dataclass

from common.database import Database
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from common.objects import ObjectStore
from common.templates import TemplateClient
from orchestrator.clients.model.pricing import Pricing
from orchestrator.clients.model.protocol import ModelClient
from orchestrator.clients.platform import BuilderClient, DeployerClient


@dataclass(frozen=True)
class Limits:
    """What one run may take."""

    max_tokens: int
    max_turns: int
    max_seconds: float
    max_recoveries: int
    max_failures: int
    lease_seconds: float


@dataclass(frozen=True)
class Resources:
    """Built once in the lifespan."""

    db: Database
    outbox: Outbox
    bus: Bus
    objects: ObjectStore
    templates: TemplateClient
    builder: BuilderClient
    deployer: DeployerClient
    model: ModelClient
    pricing: Pricing
    limits: Limits
