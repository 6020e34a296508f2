"""The builder's messages, made from rows."""

from builder.db.models import Build
from builder.domain.log import tail
from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildStarted,
    BuildState,
    BuildUsage,
    Diagnostic,
    ErrorCategory,
    FileFix,
)


def started(build: Build) -> BuildStarted:
    """Says that a builder has taken the build up; sent again with each attempt."""
    return BuildStarted(
        build_id=build.id, app_id=build.app_id, run_id=build.run_id, mode=BuildMode(build.mode)
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
        problems=build.problems,
        problem_files=build.problem_files,
        fixes=tuple(FileFix.model_validate(item) for item in build.fixes),
        log=tail(log),
        duration_ms=build.duration_ms or 0,
        usage=usage_of(build),
    )


def usage_of(build: Build) -> BuildUsage | None:
    """What the build took of the machine; None for one whose tools did not run."""
    if build.cpu_seconds is None:
        return None
    return BuildUsage(cpu_seconds=build.cpu_seconds, memory_byte_seconds=build.memory_byte_seconds or 0.0)
