"""The process-wide resources of the use cases that carry a run."""

from dataclasses import dataclass

from common.backbone import Backbone
from common.data import DataClient
from common.fairness import ConcurrencyLimiter
from common.templates import TemplateClient
from orchestrator.clients.database import DatabaseClient
from orchestrator.clients.images.protocol import PictureClient
from orchestrator.clients.model.pricing import Pricing
from orchestrator.clients.model.protocol import ModelClient
from orchestrator.clients.platform import BuilderClient, DeployerClient
from orchestrator.domain.breaker import Breaker
from orchestrator.domain.budgets import Caps
from orchestrator.domain.routes import Routes
from orchestrator.settings import Settings
from orchestrator.usecases.feeds import EventHub
from orchestrator.usecases.foundations import Foundations


@dataclass(frozen=True)
class Limits:
    """What one run may take."""

    max_tokens: int
    max_turns: int
    max_seconds: float
    max_recoveries: int
    max_failures: int
    lease_seconds: float
    model_attempts: int


@dataclass(frozen=True)
class Shares:
    """What one team may take: runs at work at once, messages that wait, runs begun in a minute, budgets.

    And of what the platform bears, in a day: upgrades that a model works on, short requests for new apps.
    """

    at_work: int | None
    queued: int
    per_minute: int
    caps: Caps
    upgrades: int
    asides: int


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """What lives as long as the process; `requests` gives every team its share of the API.

    `pictures` is None where nobody makes any, `data` where apps have no database.
    """

    settings: Settings
    templates: TemplateClient
    foundations: Foundations
    builder: BuilderClient
    deployer: DeployerClient
    data: DataClient | None
    database: DatabaseClient
    model: ModelClient
    pictures: PictureClient | None
    routes: Routes
    breaker: Breaker
    pricing: Pricing
    limits: Limits
    shares: Shares
    hub: EventHub
    requests: ConcurrencyLimiter
