"""Everything the service reads from its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.settings import InternalApiSettings, ServiceSettings

PACKAGED_CONTENT = Path(__file__).parent / "content"


class StoreSettings(BaseSettings):
    """What publishing needs."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    templates_store_dir: Path = Field(description="Bare Git repository; made when it does not exist")
    templates_content_dir: Path = Field(
        default=PACKAGED_CONTENT, description="Directory with one sub-directory per template"
    )


class Settings(StoreSettings, InternalApiSettings, ServiceSettings):
    port: int = Field(default=8003, ge=0, le=65535)
    metrics_port: int = Field(default=8103, ge=0, le=65535)
