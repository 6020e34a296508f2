"""Settings every service reads from its environment; a service's settings.py combines and extends them."""

import re
from json import JSONDecodeError
from typing import Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

S = TypeVar("S", bound=BaseSettings)

_CANNOT_START = "Cannot start with this environment:\n"

# On every class: pydantic takes each key from the last base that has it.
_CONFIG = SettingsConfigDict(
    extra="ignore",
    frozen=True,
    hide_input_in_errors=True,  # the input is the whole environment, secrets included
)


def load(kind: type[S]) -> S:
    """The settings from the environment; ends the process, naming every variable that is missing or wrong."""
    try:
        return kind()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            what = "is not set" if problem["type"] == "missing" else f"is not valid: {problem['msg']}"
            lines.append(_line(kind, name, what))
        raise SystemExit(_CANNOT_START + "\n".join(lines)) from None
    except SettingsError as error:  # what has to be JSON is read before anything is validated
        cause, named = error.__cause__, re.search(r'for field "(\w+)"', str(error))
        why = f": {cause.msg} at character {cause.pos}" if isinstance(cause, JSONDecodeError) else ""
        line = _line(kind, named[1] if named else "settings", f"is not JSON{why}")
        raise SystemExit(_CANNOT_START + line) from None


def _line(kind: type[BaseSettings], name: str, what: str) -> str:
    field = kind.model_fields.get(name)
    about = f" ({field.description})" if field is not None and field.description else ""
    return f"  {name.upper()} {what}{about}"


class ServiceSettings(BaseSettings):
    """What any service needs. A field's environment variable is its name in capitals."""

    model_config = _CONFIG

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    metrics_port: int = Field(ge=0, le=65535, description="Serves /metrics to whoever asks: keep it inside")
    log_level: str = "info"
    send_timeout_seconds: float = Field(
        default=60, ge=1, le=3600, description="A client that takes nothing for so long is disconnected"
    )


class InternalApiSettings(BaseSettings):
    """For services whose API is for other services only."""

    model_config = _CONFIG

    service_token: SecretStr = Field(min_length=16, description="Bearer token that guards the internal API")


class DatabaseSettings(BaseSettings):
    """Of services that keep state. `database_pool_size` connections stay open, as many again under load."""

    model_config = _CONFIG

    database_url: SecretStr = Field(description="postgresql://role:password@host:port/database")
    database_pool_size: int = Field(default=10, ge=2, le=100)


_STREAM_BYTES = "Disk that the stream reserves in NATS; the same for all services; 0: none of its own"


class NatsSettings(BaseSettings):
    """Of services that send or receive messages."""

    model_config = _CONFIG

    nats_url: SecretStr = Field(description="nats://host:port, with user and password if any")
    nats_work_bytes: int = Field(default=16 * 1024**2, ge=0, description=_STREAM_BYTES)
    nats_events_bytes: int = Field(default=32 * 1024**2, ge=0, description=_STREAM_BYTES)
    nats_dlq_bytes: int = Field(default=16 * 1024**2, ge=0, description=_STREAM_BYTES)

    def stream_bytes(self) -> dict[str, int]:
        """The sizes by the name of their variable, as `common.messaging.streams.sized` takes them."""
        return {
            "NATS_WORK_BYTES": self.nats_work_bytes,
            "NATS_EVENTS_BYTES": self.nats_events_bytes,
            "NATS_DLQ_BYTES": self.nats_dlq_bytes,
        }


class WorkSettings(BaseSettings):
    """For services that work off rows under leases (`common.work`)."""

    model_config = _CONFIG

    lease_seconds: float = Field(
        default=10.0, ge=1, description="How long a dead worker's work waits for another"
    )
    reconcile_seconds: float = Field(
        default=2.0, gt=0, description="How often work that stands still is looked for"
    )
    max_failures: int = Field(
        default=3, ge=1, description="How often a piece of work may fail by itself before it is given up"
    )


class DataSettings(BaseSettings):
    """For services that ask the data service; without it, apps have no database."""

    model_config = _CONFIG

    data_url: str | None = Field(
        default=None, description="The data service; without it apps keep their data in the browser alone"
    )
    data_token: SecretStr | None = Field(default=None, description="The data service's SERVICE_TOKEN")

    @model_validator(mode="after")
    def _with_its_token(self) -> Self:
        if (self.data_url is None) != (self.data_token is None):
            raise ValueError("DATA_URL and DATA_TOKEN belong together: set both or none")
        return self


class S3Settings(BaseSettings):
    """The object store that holds sources and artifacts."""

    model_config = _CONFIG

    s3_endpoint_url: str
    s3_region: str = "auto"
    s3_bucket: str = "overskill"
    s3_access_key_id: SecretStr
    s3_secret_access_key: SecretStr
