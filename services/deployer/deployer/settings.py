"""The deployer's settings: the only place that reads the environment."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from common.backbone import BackboneSettings
from common.keyring import parse_keys
from common.settings import DataSettings, InternalApiSettings, S3Settings, WorkSettings
from deployer.domain.headers import (
    BROWSER_FEATURES,
    app_headers,
    check_content_security_policy,
    check_frame_ancestors,
    check_permissions_policy,
    with_connection,
)


class Settings(BackboneSettings, InternalApiSettings, WorkSettings, DataSettings):
    port: int = Field(default=8002, ge=0, le=65535)
    metrics_port: int = Field(default=8102, ge=0, le=65535)

    cloudflare_api_url: str = "https://api.cloudflare.com/client/v4"
    cloudflare_api_token: SecretStr
    cloudflare_account_id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    cloudflare_timeout_seconds: float = Field(
        default=30.0, gt=0, description="One request, the upload included"
    )
    cloudflare_retry_seconds: float = Field(default=60.0, gt=0, description="One call with all its retries")
    cloudflare_calls: int = Field(
        default=1200,
        ge=10,
        description="Calls that all replicas together may make in CLOUDFLARE_CALLS_SECONDS",
    )
    cloudflare_calls_seconds: float = Field(default=300.0, gt=0)
    cloudflare_wait_seconds: float = Field(
        default=5.0, gt=0, description="A deployment that has to wait longer gives up its slot meanwhile"
    )

    assets_bucket: str = "overskill-assets"
    earlier_versions: int = Field(
        default=30,
        ge=0,
        le=1000,
        description="So many versions serve their open pages on",
    )
    earlier_days: float = Field(
        default=7.0, ge=0, le=365, description="And for so long after another version has replaced them"
    )
    r2_endpoint_url: str | None = Field(
        default=None, description="Of the assets bucket; default: S3_ENDPOINT_URL"
    )
    r2_region: str | None = None
    r2_access_key_id: SecretStr | None = None
    r2_secret_access_key: SecretStr | None = None

    app_url_template: str = "https://{script}.{subdomain}.workers.dev"
    app_origin_override: str | None = Field(
        default=None,
        pattern=r"^[^/:\s]+(:\d+)?$",
        description="host:port to connect to when loading live apps; their own names are sent as Host",
    )
    compatibility_date: str = Field(default="2026-07-01", pattern=r"^\d{4}-\d{2}-\d{2}$")
    script_limit_bytes: int = Field(default=900_000, ge=50_000, le=64 * 1024**2)

    frame_ancestors: Annotated[str, AfterValidator(check_frame_ancestors)] = Field(
        default="'self'", max_length=2048, description="Who may show the apps in a frame"
    )
    content_security_policy: (
        Annotated[str, AfterValidator(check_content_security_policy), Field(max_length=4096)] | None
    ) = None
    permissions_policy: Annotated[str, AfterValidator(check_permissions_policy)] = Field(
        default=BROWSER_FEATURES, max_length=2048
    )
    referrer_policy: str = Field(default="strict-origin-when-cross-origin", pattern=r"^[a-z-]{0,64}$")
    strict_transport_security: str = Field(
        default="max-age=31536000",
        pattern=r"^(max-age=\d{1,10}(; ?includeSubDomains)?(; ?preload)?)?$",
        description="Of apps that are reached by https and a name that is not of workers.dev",
    )

    secrets_keys: SecretStr = Field(
        description="id:key,id:key,… with keys of 32 bytes in base64: encrypt the apps' secrets at rest"
    )

    deploy_concurrency: int = Field(default=8, ge=1, le=64)
    verify_seconds: float = Field(
        default=30.0, gt=0, description="How long a new deployment may take to appear"
    )
    max_wait_seconds: float = Field(
        default=3600.0, gt=0, description="How long a deployment waits for what it needs and is away"
    )
    build_wait_seconds: float = Field(
        default=3600.0, gt=0, description="A deployment without its build fails then"
    )
    deployments_keep_days: int = Field(
        default=90, ge=1, le=36_500, description="So long after its end a deployment can be rolled back to"
    )

    objects_grace_days: float = Field(
        default=7.0, gt=0, le=36_500, description="So long a file stays in R2 that no deployment needs"
    )
    objects_mark_seconds: float = Field(
        default=3600.0, gt=0, description="How often it is looked for what no deployment needs"
    )
    objects_audit_hours: float = Field(
        default=24.0, gt=0, description="How often the assets bucket is compared with what is known of it"
    )

    secret_events_keep_days: int = Field(
        default=365, ge=1, le=36_500, description="The record of what is done to secrets"
    )

    @field_validator("secrets_keys")
    @classmethod
    def _keys_are_keys(cls, value: SecretStr) -> SecretStr:
        parse_keys(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _template_names_the_script(self) -> Self:
        try:
            example = self.app_url_template.format(script="a", subdomain="b")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError("APP_URL_TEMPLATE knows only {script} and {subdomain}") from error
        if "{script}" not in self.app_url_template or not example.startswith(("http://", "https://")):
            raise ValueError("APP_URL_TEMPLATE must be an http(s) URL with {script} in it")
        return self

    def in_flight_seconds(self) -> float:
        """How long after its beginning a call may still take effect, whatever became of it here."""
        return self.cloudflare_retry_seconds + self.cloudflare_timeout_seconds

    def objects_grace(self) -> timedelta:
        """How long an object stays that no deployment needs."""
        return timedelta(days=self.objects_grace_days)

    def key_ring(self) -> Mapping[str, bytes | None]:
        """The keys of the secrets by their ids, the one that seals first; None for a lost one."""
        return parse_keys(self.secrets_keys.get_secret_value())

    def app_headers(self, database_url: str | None = None) -> dict[str, str]:
        """What every answer of an app has besides its own headers; it may call its database."""
        policy = self.content_security_policy or ""
        if database_url is not None:
            policy = with_connection(policy, "/".join(database_url.split("/")[:3]))
        return app_headers(
            content_security_policy=policy,
            frame_ancestors=self.frame_ancestors,
            permissions_policy=self.permissions_policy,
            referrer_policy=self.referrer_policy,
            strict_transport_security=self.strict_transport_security,
        )

    def assets_s3(self) -> S3Settings:
        """How to reach the assets bucket: the S3 settings with the R2 overrides."""
        return S3Settings(
            s3_endpoint_url=self.r2_endpoint_url or self.s3_endpoint_url,
            s3_region=self.r2_region or self.s3_region,
            s3_bucket=self.assets_bucket,
            s3_access_key_id=self.r2_access_key_id or self.s3_access_key_id,
            s3_secret_access_key=self.r2_secret_access_key or self.s3_secret_access_key,
        )
