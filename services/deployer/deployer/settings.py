"""The deployer's settings: the only place that reads the environment."""

import base64
import binascii
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from common.backbone import BackboneSettings
from common.settings import InternalApiSettings, S3Settings, WorkSettings


class Settings(BackboneSettings, InternalApiSettings, WorkSettings):
    port: int = Field(default=8002, ge=0, le=65535)
    metrics_port: int = Field(default=8102, ge=0, le=65535)

    cloudflare_api_url: str = "https://api.cloudflare.com/client/v4"
    cloudflare_api_token: SecretStr
    cloudflare_account_id: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    cloudflare_timeout_seconds: float = Field(
        default=30.0, gt=0, description="One request, the upload included"
    )
    cloudflare_retry_seconds: float = Field(default=60.0, gt=0, description="One call with all its retries")
    cloudflare_retry_after_cap_seconds: float = Field(default=60.0, gt=0)

    assets_bucket: str = "overskill-assets"
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

    secrets_key: SecretStr = Field(description="32 bytes in base64: encrypts the apps' secrets at rest")

    deploy_concurrency: int = Field(default=8, ge=1, le=64)
    verify_seconds: float = Field(
        default=30.0, gt=0, description="How long a new deployment may take to appear"
    )
    max_wait_seconds: float = Field(
        default=600.0, gt=0, description="How long a deployment waits for what it needs and is away"
    )
    build_wait_seconds: float = Field(
        default=3600.0, gt=0, description="A deployment without its build fails then"
    )
    deployments_keep_days: int = Field(
        default=90, ge=1, le=36_500, description="So long after its end a deployment can be rolled back to"
    )

    @field_validator("secrets_key")
    @classmethod
    def _key_is_32_bytes(cls, value: SecretStr) -> SecretStr:
        try:
            key = base64.b64decode(value.get_secret_value(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 32:
            raise ValueError("must be 32 bytes in base64, for example from: openssl rand -base64 32")
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

    def secrets_key_bytes(self) -> bytes:
        return base64.b64decode(self.secrets_key.get_secret_value())

    def assets_s3(self) -> S3Settings:
        """How to reach the assets bucket: the S3 settings with the R2 overrides."""
        return S3Settings(
            s3_endpoint_url=self.r2_endpoint_url or self.s3_endpoint_url,
            s3_region=self.r2_region or self.s3_region,
            s3_bucket=self.assets_bucket,
            s3_access_key_id=self.r2_access_key_id or self.s3_access_key_id,
            s3_secret_access_key=self.r2_secret_access_key or self.s3_secret_access_key,
        )
