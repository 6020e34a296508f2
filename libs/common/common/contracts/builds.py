"""Builds: `work.build.*` and `events.builder.build.*`."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from common.contracts.base import AppId, Contract, Digest, EntityId
from common.contracts.templates import TemplateRef


class BuildMode(StrEnum):
    """How much a build may take and does; the limit is wall time for the whole build."""

    PREVIEW = "preview"
    PRODUCTION = "production"


class BuildState(StrEnum):
    """The states of a build; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED_BUILD = frozenset({BuildState.QUEUED, BuildState.RUNNING})


class ErrorCategory(StrEnum):
    """Why a build failed. `infrastructure` is the platform's fault and never the model's to repair."""

    DEPENDENCY = "dependency"
    TYPE = "type"
    BUNDLE = "bundle"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    INFRASTRUCTURE = "infrastructure"


class Diagnostic(BaseModel):
    """One problem a tool found. Lines and columns count from 1; `file` is relative to the app's root."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str | None = None
    line: int | None = None
    column: int | None = None
    code: str | None = None
    message: str


class Artifact(BaseModel):
    """A build's output, a tar stored under `artifacts/<app_id>/<digest>.tar`. Sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    digest: Digest
    size: int = Field(ge=0)
    file_count: int = Field(ge=0)
    total_bytes: int = Field(ge=0, description="Sum of the uncompressed files a browser could load")


class BuildRequested(Contract):
    """Asks for one build. The source is a tar stored under `sources/<app_id>/<digest>.tar`."""

    type: ClassVar[str] = "overskill.work.build.requested.v1"

    build_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    mode: BuildMode
    source_digest: Digest
    template: TemplateRef


class BuildStarted(Contract):
    """A builder has begun to work on the build."""

    type: ClassVar[str] = "overskill.events.builder.build.started.v1"

    build_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    mode: BuildMode


class BuildFinished(Contract):
    """The build is final. `artifact` is set exactly when it succeeded, `category` when it failed."""

    type: ClassVar[str] = "overskill.events.builder.build.finished.v2"

    build_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    mode: BuildMode
    state: Literal[BuildState.SUCCEEDED, BuildState.FAILED, BuildState.CANCELLED]
    artifact: Artifact | None = None
    category: ErrorCategory | None = None
    message: str | None = Field(default=None, description="One sentence for people, when not succeeded")
    diagnostics: tuple[Diagnostic, ...] = ()
    log: str = Field(default="", description="The end of the build's log, at most 32 KiB")
    duration_ms: int = Field(ge=0)
