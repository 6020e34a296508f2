"""The orchestrator's settings: the only place that reads the environment."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from common.backbone import BackboneSettings
from common.settings import DataSettings, ServiceSettings, WorkSettings
from orchestrator.clients.model.pricing import read_prices
from orchestrator.clients.model.protocol import CacheLifetime, Effort
from orchestrator.domain.budgets import Caps, Limits
from orchestrator.domain.memory import SMALLEST_BUDGET
from orchestrator.domain.routes import DEFAULT_MODELS, VENDORS, Routes, Vendor, parse_route, vendor_of

_SHORTEST_KEY = 20


def _of_prices(path: Path) -> Path:
    read_prices(path)
    return path


class ModelSettings(BaseSettings):
    """The models' vendors, of which one must be set, and which model does what."""

    model_config = ServiceSettings.model_config

    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: str = "https://api.anthropic.com"
    openai_api_key: SecretStr | None = Field(default=None, description="Not needed by most local servers")
    openai_base_url: str | None = Field(
        default=None, description="OpenAI's own if only the key is set; local servers end it with /v1"
    )
    model: str | None = Field(
        default=None,
        description="The model of new apps that name none; the first of MODEL_GENERATE if not set",
    )
    model_generate: str | None = Field(default=None, description="Models, comma between: after the app's own")
    model_repair: str | None = Field(
        default=None, description="Likewise for repairs; the run's own if not set"
    )
    model_name: str | None = Field(
        default=None,
        description="Names new apps and draws their logos; without it they are named by their prompt",
    )
    image_model: str | None = Field(
        default=None,
        description="Makes pictures for apps through OpenAI's Images API; without it the model has no tool "
        "for it",
    )
    image_seconds: float = Field(default=120.0, gt=0, description="How long a request for a picture may take")
    model_attempts: int = Field(
        default=3, ge=1, description="So many failures in a row, then the next model of a list has its turn"
    )
    model_open_seconds: float = Field(
        default=30.0,
        gt=0,
        description="So long a model that has failed is left alone, where another stands in",
    )
    model_max_tokens: int = Field(default=32_000, ge=256, description="Output of one turn, thinking counted")
    model_effort: Effort | None = Field(
        default=None, description="How hard the model thinks; the vendor's default for the model if not set"
    )
    model_cache_ttl: CacheLifetime = Field(
        default="5m", description="How long Anthropic's cache keeps conversations: 1h costs more to write"
    )
    model_prices_file: Annotated[Path, AfterValidator(_of_prices)] | None = Field(
        default=None, description="A TOML file with prices that stand above those that are known"
    )
    model_sees: bool = Field(
        default=True, description="Shows the model pictures of pages; off for models that take none"
    )
    model_silence_seconds: float = Field(
        default=60.0, gt=0, description="A stream that is silent longer is cut"
    )
    model_quiet_seconds: float = Field(
        default=120.0, gt=0, description="A stream that only pings for longer is asked for again"
    )
    model_connect_seconds: float = Field(
        default=10.0, gt=0, description="How long a connection to the model's vendor may take to be made"
    )
    model_retry_seconds: float = Field(
        default=150.0, ge=0, description="How long a failing model is asked again: more than two silences"
    )

    @property
    def vendors(self) -> frozenset[Vendor]:
        """Those that are set up."""
        keys = {"anthropic": self.anthropic_api_key, "openai": self.openai_api_key or self.openai_base_url}
        return frozenset(vendor for vendor in VENDORS if keys[vendor])

    @property
    def routes(self) -> Routes:
        """The models of each task."""
        return Routes(
            parse_route(self.model_generate), parse_route(self.model_repair), parse_route(self.model_name)
        )

    @property
    def default_model(self) -> str:
        """The model of new apps that name none."""
        favourite = next(vendor for vendor in VENDORS if vendor in self.vendors)
        return self.model or next(iter(self.routes.generate), DEFAULT_MODELS[favourite])

    @property
    def named_models(self) -> tuple[str, ...]:
        """All models that the settings name; apps may have others."""
        routes = self.routes
        return self.default_model, *routes.generate, *routes.repair, *routes.name

    @model_validator(mode="after")
    def _every_model_has_a_vendor(self) -> Self:
        if not self.vendors:
            raise ValueError("no vendor of models: set ANTHROPIC_API_KEY, OPENAI_API_KEY or OPENAI_BASE_URL")
        if self.image_model and "openai" not in self.vendors:
            raise ValueError(
                f"IMAGE_MODEL is {self.image_model}, but OpenAI's API, which makes the pictures, is not set "
                "up: set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs none"
            )
        for model in self.named_models:
            if (vendor := vendor_of(model)[0]) not in self.vendors:
                raise ValueError(
                    f"the model {model} is {vendor}'s, which is not set up: set {vendor.upper()}_API_KEY, or "
                    "write its vendor and a slash before the model's name"
                )
        return self


class Settings(BackboneSettings, WorkSettings, ModelSettings, DataSettings):
    """Other services' addresses with their tokens, the model, and the limits of a run."""

    port: int = Field(default=8000, ge=0, le=65535)
    metrics_port: int = Field(default=8100, ge=0, le=65535)
    bootstrap_api_key: SecretStr | None = Field(
        default=None, description="Makes sure that a team exists with this key, for a first sign-in"
    )

    @field_validator("bootstrap_api_key")
    @classmethod
    def _begins_as_keys_do(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not (key.get_secret_value().startswith("osk_") and len(key) >= _SHORTEST_KEY):
            raise ValueError(f"an API key begins with osk_ and has at least {_SHORTEST_KEY} characters")
        return key

    templates_url: str
    templates_token: SecretStr
    builder_url: str
    builder_token: SecretStr
    deployer_url: str
    deployer_token: SecretStr

    default_template: str = Field(
        default="vite-react",
        description="The template of new apps that name none, unless the model chooses another",
    )
    template_choice_seconds: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="How long MODEL_NAME may take to choose a new app's template; 0: it does not choose",
    )
    memory_tokens: int = Field(
        default=6_000, ge=SMALLEST_BUDGET, description="What a message is told of those before it, at most"
    )
    event_heartbeat_seconds: float = Field(
        default=15.0, gt=0, description="Sends something over a silent event stream, so that it stays open"
    )
    event_stream_seconds: float = Field(
        default=3600.0,
        gt=0,
        description="An event stream ends after it, less up to a tenth; clients reconnect",
    )
    event_streams_per_team: int = Field(
        default=1000, ge=1, description="Event streams that a team may have open at this process"
    )

    uploads_team_bytes: int = Field(
        default=1_000_000_000, ge=0, description="What the pictures of a team may take together"
    )
    upload_seconds: float = Field(default=60.0, gt=0, description="How long the body of an upload may take")

    run_concurrency: int = Field(default=8, ge=1, description="Runs this process works on at once")
    team_run_concurrency: int | None = Field(
        default=None, ge=1, description="Runs of a team that are at work at once; the others wait queued"
    )
    team_queued_messages: int = Field(
        default=1000, ge=1, description="Messages of a team that wait for their runs; more are refused"
    )
    team_runs_per_minute: int = Field(
        default=600, ge=1, description="Runs that a team may send for in a minute, all at once if it likes"
    )
    team_upgrades_per_day: int = Field(
        default=50, ge=1, description="Upgrades of a team's apps that a model works on, which nobody pays for"
    )
    team_free_requests_per_day: int = Field(
        default=2000, ge=1, description="Requests to MODEL_NAME for a team's new apps, likewise"
    )
    run_budget_microdollars: int | None = Field(
        default=None, ge=0, description="What a run may cost its user, in millionths of a dollar"
    )
    run_budget_tokens: int | None = Field(default=None, ge=0, description="Likewise in tokens")
    app_budget_microdollars: int | None = Field(
        default=None, ge=0, description="What each app may cost its team in a month"
    )
    app_budget_tokens: int | None = Field(default=None, ge=0, description="Likewise in tokens")
    team_budget_microdollars: int | None = Field(
        default=None, ge=0, description="What each team's apps may cost it in a month"
    )
    team_budget_tokens: int | None = Field(default=None, ge=0, description="Likewise in tokens")
    run_max_turns: int = Field(default=60, ge=1)
    run_max_seconds: float = Field(default=1800.0, gt=0, description="A run that is not final by then fails")
    speculative_builds: bool = Field(
        default=True, description="Builds files while the model still writes, at the lowest priority"
    )
    add_dependency_seconds: float = Field(
        default=150.0, gt=0, description="How long the model's add_dependency waits for the builder"
    )
    run_check_seconds: float = Field(
        default=60.0, gt=0, description="How long the model's `run_check` waits for the builder"
    )
    max_recoveries: int = Field(
        default=5, ge=0, description="Failed builds and browser checks a run may give back to the model"
    )
    repair_free_microdollars: int = Field(
        default=100_000,
        ge=0,
        description="Up to it a run's repairs are the platform's, in millionths of a dollar",
    )
    pages_seconds: float = Field(
        default=60.0, gt=0, description="What no browser tells of for so long after its build is unchecked"
    )
    proven_production: bool = Field(
        default=True,
        description="Production takes only what passed the browser check; off where builders have no browser",
    )

    conversations_keep_days: int = Field(
        default=7, ge=1, le=36_500, description="What model and tools said is kept so long after a run's end"
    )
    events_keep_days: int = Field(
        default=30, ge=1, le=36_500, description="Events are kept so long after their run's end"
    )
    deployments_keep_days: int = Field(
        default=90, ge=1, le=36_500, description="Builds and deployments are kept so long after their end"
    )
    sources_keep_days: int = Field(
        default=7, ge=1, le=36_500, description="What was given to builds is kept so long"
    )
    uploads_keep_days: int = Field(
        default=1, ge=1, le=36_500, description="Uploads that no message has are kept so long"
    )

    @property
    def chooses_templates(self) -> bool:
        """Whether a model is asked for the template of an app that names none."""
        return bool(self.routes.name) and self.template_choice_seconds > 0

    def caps(self) -> Caps:
        """What the operator lets be used up."""
        return Caps(
            run=Limits(self.run_budget_microdollars, self.run_budget_tokens),
            app=Limits(self.app_budget_microdollars, self.app_budget_tokens),
            team=Limits(self.team_budget_microdollars, self.team_budget_tokens),
        )
