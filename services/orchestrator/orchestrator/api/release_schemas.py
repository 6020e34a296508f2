"""Request and response bodies about builds and deployments."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.contracts import (
    Artifact,
    BuildMode,
    BuildState,
    DeploymentProblem,
    DeploymentState,
    DeploymentWaiting,
    Diagnostic,
    Environment,
    ErrorCategory,
    PageFinding,
    PagesState,
    Thumbnail,
)
from common.contracts.source import MAX_PATH
from orchestrator.api.schemas import FromRow


class BuildResult(BaseModel):
    """How a build ended."""

    category: ErrorCategory | None = Field(default=None, description="Why it failed")
    message: str | None = Field(default=None, description="One sentence for people, when not succeeded")
    diagnostics: list[Diagnostic] = Field(
        default=[], description="When it succeeded: what could be better about what was built"
    )
    problems: int = Field(default=0, description="How many problems there are in all")
    problem_files: int = Field(default=0, description="How many files have any")
    artifact: Artifact | None = None
    duration_ms: int


class BuildPages(BaseModel):
    """What a browser saw of a green build. `unchecked`: nothing is known, good or bad."""

    state: PagesState
    message: str | None = Field(default=None, description="One sentence for people, when not passed")
    findings: list[PageFinding] = []
    thumbnails: list[Thumbnail] = []
    routes: list[str] = Field(default=[], description="The pages that were loaded")
    duration_ms: int


class Build(FromRow):
    id: str
    run_id: str | None
    mode: BuildMode
    state: BuildState
    artifact: str | None = Field(description="Digest of the artifact")
    result: BuildResult | None = Field(description="Once it has ended")
    pages: BuildPages | None = Field(description="Once a browser has looked at what it made")
    created_at: datetime
    finished_at: datetime | None


MigrationPath = Annotated[str, StringConstraints(max_length=MAX_PATH)]


class RequestDeployment(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"environment": "production"},
                {
                    "environment": "production",
                    "approve_migrations": ["supabase/migrations/0003_drop_notes.sql"],
                },
            ]
        },
    )

    environment: Environment
    version: int | None = Field(
        default=None, strict=True, ge=0, le=2**31 - 1, description="The app's newest version, if not given"
    )
    approve_migrations: tuple[MigrationPath, ...] = Field(
        default=(),
        max_length=100,
        description="Migrations that may lose what production has stored; without it they answer 409 "
        "`migration_needs_approval` with what would be lost",
    )


class DeploymentResult(BaseModel):
    """How a deployment ended. Sizes in bytes; only a deployment that the deployer has worked on has them."""

    problem: DeploymentProblem | None = Field(default=None, description="Why it failed")
    superseded_by: str | None = Field(default=None, description="The later deployment that is live")
    replaced: str | None = Field(default=None, description="The deployment that was live before")
    script_bytes: int | None = None
    embedded_files: int = 0
    stored_files: int = Field(default=0, description="Files served from R2")
    stored_bytes: int = 0
    duration_ms: int | None = None


class Deployment(FromRow):
    id: str
    run_id: str | None
    environment: Environment
    version: int
    state: DeploymentState
    url: str | None
    build_id: str | None
    rollback_of: str | None
    pages: PagesState | None = Field(description="What a browser found; null as long as none has looked")
    waiting: DeploymentWaiting | None = Field(
        description="What it had to wait for last, as when Cloudflare throttles; it goes on by itself"
    )
    result: DeploymentResult | None = Field(description="Once it has ended")
    created_at: datetime
    finished_at: datetime | None


class CreatedDeployment(BaseModel):
    deployment: Deployment
