"""The services' settings as an operator sees them: environment variables."""

from pydantic_settings import BaseSettings

from builder.settings import Settings as BuilderSettings
from data.settings import Settings as DataSettings
from deployer.settings import Settings as DeployerSettings
from orchestrator.settings import Settings as OrchestratorSettings
from templates.settings import Settings as TemplatesSettings

SETTINGS: dict[str, type[BaseSettings]] = {
    "orchestrator": OrchestratorSettings,
    "builder": BuilderSettings,
    "deployer": DeployerSettings,
    "templates": TemplatesSettings,
    "data": DataSettings,
}


def variables(service: str) -> set[str]:
    return {name.upper() for name in SETTINGS[service].model_fields}


def required(service: str) -> set[str]:
    fields = SETTINGS[service].model_fields
    return {name.upper() for name, field in fields.items() if field.is_required()}
