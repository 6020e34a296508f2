"""Builds: what was asked for, how it went, what it printed."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from builder.api.dependencies import AppResources
from builder.db.models import Build
from builder.usecases.cancel import cancel
from builder.usecases.read import get_build, list_builds
from common.contracts import (
    AppId,
    Artifact,
    BuildMode,
    BuildState,
    Diagnostic,
    EntityId,
    ErrorCategory,
    FileFix,
    TemplateRef,
)
from common.pages import Limit, Page


class BuildView(BaseModel):
    """Durations in milliseconds; `steps_ms` of the last attempt."""

    id: str
    app_id: str
    run_id: str | None
    mode: BuildMode
    template: TemplateRef
    source_digest: str
    state: BuildState
    category: ErrorCategory | None
    message: str | None
    diagnostics: list[Diagnostic]
    problems: int = Field(description="How many problems there are in all")
    problem_files: int = Field(description="How many files have any")
    fixes: list[FileFix] = Field(description="Repairs that need no model, of a run's builds")
    artifact: Artifact | None
    attempts: int = Field(description="How often it was begun")
    failures: int = Field(description="How often it failed for the platform's reasons")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_ms: int | None
    steps_ms: dict[str, float]

    @classmethod
    def of(cls, build: Build) -> Self:
        return cls.model_validate(build, from_attributes=True)


BuildIdPath = Annotated[str, Path(max_length=40)]


router = APIRouter(prefix="/v1/builds", tags=["builds"])


@router.get("")
async def list_all(
    resources: AppResources,
    app_id: AppId | None = None,
    limit: Limit = 20,
    cursor: EntityId | None = None,
) -> Page[BuildView]:
    """Newest first."""
    found = await list_builds(resources, app_id=app_id, limit=limit + 1, cursor=cursor)
    return Page[BuildView].of([BuildView.of(build) for build in found], limit, lambda item: item.id)


@router.get("/{build_id}")
async def get(resources: AppResources, build_id: BuildIdPath) -> BuildView:
    return BuildView.of(await get_build(resources, build_id))


@router.get("/{build_id}/log", response_class=PlainTextResponse)
async def log(resources: AppResources, build_id: BuildIdPath) -> PlainTextResponse:
    """The whole log that is kept, at most 256 KiB; empty while the build runs."""
    return PlainTextResponse((await get_build(resources, build_id, log=True)).log)


@router.post("/{build_id}/cancel", status_code=202)
async def stop(resources: AppResources, build_id: EntityId) -> BuildView | None:
    """Harmless for a build that has ended. What runs of it ends within a second or so.

    Null for one that is not known: it ends at once when the request for it comes.
    """
    build = await cancel(resources, build_id)
    return None if build is None else BuildView.of(build)
