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
    """Why a build failed. `infrastructure` is the platform's fault and never the model's to repair.

    With `migration` nothing was built: the app's migrations could not be applied.
    """

    DEPENDENCY = "dependency"
    TYPE = "type"
    BUNDLE = "bundle"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    RUNTIME = "runtime"
    MIGRATION = "migration"
    INFRASTRUCTURE = "infrastructure"


class Diagnostic(BaseModel):
    """One problem a tool found. Lines and columns count from 1; `file` is relative to the app's root."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str | None = None
    line: int | None = None
    column: int | None = None
    code: str | None = None
    message: str
    suggestion: str | None = Field(default=None, description="What to write instead, as the tool proposes it")
    count: int = Field(default=1, ge=1, description="How often the file has it")
    lines: tuple[int, ...] = Field(default=(), description="All its lines when there are several, at most 20")
    frame: str | None = Field(default=None, description="The line with its neighbours, numbered")


class LineEdit(BaseModel):
    """Replaces the lines first_line to last_line, counted from 1; `text` has no newline at its end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    first_line: int = Field(ge=1)
    last_line: int = Field(ge=1)
    text: str


class FileFix(BaseModel):
    """How a file can be repaired without a model. The edits are in order and do not overlap."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str
    reasons: tuple[str, ...] = Field(description="What the edits do, for people")
    edits: tuple[LineEdit, ...]


class Artifact(BaseModel):
    """A build's output, a tar stored under `artifacts/<app_id>/<digest>.tar`. Sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    digest: Digest
    size: int = Field(ge=0)
    file_count: int = Field(ge=0)
    total_bytes: int = Field(ge=0, description="Sum of the uncompressed files a browser could load")


class BuildUsage(BaseModel):
    """What a build took of the machine it ran on, all of its processes together."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    cpu_seconds: float = Field(ge=0)
    memory_byte_seconds: float = Field(ge=0)


class BuildRequested(Contract):
    """Asks for one build. The source is a tar stored under `sources/<app_id>/<digest>.tar`.

    Teams share the builders fairly: `team_id` is whose build it is. Nobody waits for a `speculative` one: it
    gives way to others, and ends when a newer preview of its app is asked for. One that is asked for while
    the same is being built, or was, gets that result.
    """

    type: ClassVar[str] = "overskill.work.build.requested.v2"

    build_id: EntityId
    team_id: EntityId
    app_id: AppId
    run_id: EntityId | None = None
    mode: BuildMode
    source_digest: Digest
    template: TemplateRef
    speculative: bool = False


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
    diagnostics: tuple[Diagnostic, ...] = Field(
        default=(),
        description="At most 50, of every file its share; equal ones of a file are one. When it succeeded: "
        "what could be better about what was built",
    )
    problems: int = Field(default=0, ge=0, description="How many problems there are in all")
    problem_files: int = Field(default=0, ge=0, description="How many files have any")
    fixes: tuple[FileFix, ...] = Field(
        default=(), description="Repairs of the source that was built, with which it has fewer problems"
    )
    log: str = Field(default="", description="The end of the build's log, at most 32 KiB")
    duration_ms: int = Field(ge=0)
    usage: BuildUsage | None = Field(default=None, description="Unless it has another build's result")
