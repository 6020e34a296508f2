"""The builder's messages, made from rows."""

from builder.db.models import Build
from builder.domain.log import tail
from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildStarted,
    BuildState,
    Diagnostic,
    ErrorCategory,
)


def started(build: Build) -> BuildStarted:
    """Says that a builder has taken the build up; sent again with each attempt."""
    return BuildStarted(
        build_id=build.id, app_id=build.app_id, run_id=build.run_id, mode=BuildMode(build.mode)
    )


def requested(build: Build) -> BuildRequested:
    """The message that makes a builder look at the row, as its first sender would have sent it."""
    return BuildRequested(
        build_id=build.id,
        app_id=build.app_id,
        run_id=build.run_id,
        mode=BuildMode(build.mode),
        source_digest=build.source_digest,
        template=build.template,
    )


def finished(build: Build, log: str) -> BuildFinished:
    """Of a row that is final."""
    state = BuildState(build.state)
    if state is BuildState.QUEUED or state is BuildState.RUNNING:
        raise ValueError(f"build {build.id} is not final but {state}")
    return BuildFinished(
        build_id=build.id,
        app_id=build.app_id,
        run_id=build.run_id,
        mode=BuildMode(build.mode),
        state=state,
        artifact=build.artifact,
        category=ErrorCategory(build.category) if build.category else None,
        message=build.message,
        diagnostics=tuple(Diagnostic.model_validate(item) for item in build.diagnostics),
        log=tail(log),
        duration_ms=build.duration_ms or 0,
    )
