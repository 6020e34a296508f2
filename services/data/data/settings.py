"""The data service's settings: the only place that reads the environment."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    StringConstraints,
    field_validator,
)
from pydantic_settings import BaseSettings

from common.backbone import BackboneSettings
from common.keyring import parse_keys
from common.settings import InternalApiSettings, ServiceSettings, WorkSettings
from data.clients.realm_transaction import Patience
from data.clients.shard import ShardConfig
from data.clients.shares import LEAST
from data.clients.signing import parse_signing_keys
from data.domain.rest.statement import Limits

ShardName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,19}$")]


class AppDatabase(BaseModel):
    """A database for apps' schemas, PostgreSQL 15 or newer, and how much of it they may use."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: SecretStr
    max_tables: int = Field(default=20_000, ge=1)
    max_bytes: int = Field(default=50 * 1024**3, ge=1)
    max_connections: int = Field(
        default=30, ge=LEAST, le=1000, description="Of one replica, all logins together"
    )


class LifeSettings(BaseSettings):
    """What apps may take of shards, and what is kept of them."""

    model_config = ServiceSettings.model_config

    app_max_bytes: int = Field(
        default=500_000_000,
        ge=1,
        description="From so many bytes on an app's rows are only read and deleted",
    )
    app_rows_per_second: int = Field(
        default=20_000, ge=1, description="Rows that an app's answers may hold in the long run, per replica"
    )
    measure_seconds: float = Field(
        default=60.0, gt=0, description="How often shards and apps are measured, and use is added up"
    )
    dump_every_hours: float = Field(
        default=24.0, gt=0, description="How old the last dump of a database that has changed may be"
    )
    scheduled_dumps_keep_days: int = Field(
        default=7, ge=1, le=36_500, description="Daily dumps are kept so long; the newest always is"
    )
    dumps_keep_days: int = Field(
        default=30, ge=1, le=36_500, description="Likewise those that were asked for, or precede a change"
    )
    restores_keep_days: int = Field(
        default=90, ge=1, le=36_500, description="What is known of a restore is kept so long after its end"
    )
    usage_keep_days: int = Field(default=90, ge=1, le=36_500, description="Hours of use are kept so long")


class Settings(BackboneSettings, InternalApiSettings, WorkSettings, LifeSettings):
    port: int = Field(default=8004, ge=0, le=65535)
    metrics_port: int = Field(default=8104, ge=0, le=65535)

    data_public_url: str = Field(
        pattern=r"^https?://[^/?#]+$", description="Where browsers reach this service, without a path"
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description="Networks of the proxies before this service, whose X-Forwarded-For is believed: "
        '["10.244.0.0/16"]',
    )
    app_databases: dict[ShardName, AppDatabase] = Field(
        min_length=1,
        description='{"main": {"url": "postgresql://admin:password@host/apps"}}; '
        "new apps go where there is room",
    )
    app_statement_seconds: float = Field(
        default=8.0, ge=0.1, le=300, description="A statement of an app is ended then"
    )
    app_site_url_template: str = Field(
        pattern=r"^https?://[^/?#{}]*\{script\}[^/?#{}]*$",
        description="Where apps are live, such as https://{script}.example.workers.dev: mails lead there",
    )
    jwt_keys: SecretStr = Field(
        description="kid:key,kid:key,… with private keys of P-256, PKCS 8 DER in base64: sign access tokens"
    )
    password_memory_kib: int = Field(
        default=19_456, ge=8192, le=1_048_576, description="Of one argon2id hash"
    )
    password_rounds: int = Field(default=2, ge=1, le=20)
    password_threads: int = Field(default=2, ge=1, le=64, description="Hashes worked on at once")
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:587, or smtps://; without it no mail is sent"
    )
    smtp_sender: str = Field(default="no-reply@localhost", pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$")
    smtp_poll_seconds: float = Field(
        default=1.0, gt=0, description="How often it is looked for mails to be sent"
    )
    app_max_rows: int = Field(default=1000, ge=1, description="Rows that one answer holds at most")
    app_answer_bytes: int = Field(
        default=32 * 1024**2, ge=1024, description="Bytes of rows that one answer holds at most"
    )
    app_request_bytes: int = Field(
        default=8 * 1024**2, ge=1024, description="Bytes that a request's body has at most"
    )
    schemas_kept: int = Field(
        default=500, ge=1, description="Apps whose tables are remembered; others are looked up again"
    )

    def answer_limits(self) -> Limits:
        return Limits(self.app_max_rows, self.app_answer_bytes)

    migration_seconds: float = Field(
        default=90.0, ge=1, le=110, description="Migrations that take longer, all together, are undone"
    )
    migration_lock_seconds: float = Field(
        default=1.0,
        ge=0.1,
        le=60,
        description="How long a migration waits for a table that is in use, and keeps others waiting behind "
        "it, before it lets go; it is begun anew for half a minute",
    )
    secrets_keys: SecretStr = Field(
        description="id:key,id:key,… with keys of 32 bytes in base64: encrypt the secrets of providers"
    )
    oidc_trusted_hosts: frozenset[str] = Field(
        default=frozenset(),
        description='Hosts of sign-in providers that may be inside and without TLS: ["login.internal"]',
    )

    @field_validator("secrets_keys")
    @classmethod
    def _keys_are_keys(cls, value: SecretStr) -> SecretStr:
        parse_keys(value.get_secret_value())
        return value

    def key_ring(self) -> Mapping[str, bytes | None]:
        """The keys of SECRETS_KEYS by their ids, the one that seals first; None for a lost one."""
        return parse_keys(self.secrets_keys.get_secret_value())

    @field_validator("jwt_keys")
    @classmethod
    def _keys_sign(cls, value: SecretStr) -> SecretStr:
        parse_signing_keys(value.get_secret_value())
        return value

    @field_validator("smtp_url")
    @classmethod
    def _url_is_of_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("smtp://", "smtps://")):
            raise ValueError("must begin with smtp:// or smtps://")
        return value

    def migration_patience(self) -> Patience:
        return Patience(self.migration_lock_seconds, self.migration_seconds)

    def shards(self) -> tuple[ShardConfig, ...]:
        return tuple(
            ShardConfig(
                name=name,
                url=one.url.get_secret_value(),
                max_tables=one.max_tables,
                max_bytes=one.max_bytes,
                max_connections=one.max_connections,
                statement_seconds=self.app_statement_seconds,
            )
            for name, one in self.app_databases.items()
        )
