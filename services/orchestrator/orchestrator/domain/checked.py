"""The answer to `run_check`: how the files build as they are now."""

from common.contracts import BuildFinished, BuildState, ErrorCategory
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.recovery import check_message, warning_message
from orchestrator.domain.text import storable

_OK = "ok, no errors: the files as they are now have the right types and build."
_UNKNOWN = (
    "The files could not be checked now, which says nothing about them. Go on without; finish checks them in "
    "any case."
)


def checked(finished: BuildFinished | None) -> ToolOutcome:
    """`finished`: the end of the build of exactly these files, None when no builder has told of it in time.

    Errors, and what could be better about what was built, make it a failed call, so that a `finish` beside it
    waits until the model has seen them.
    """
    if finished is None or not is_verdict(finished):
        return ToolOutcome(_UNKNOWN)
    if finished.state == BuildState.SUCCEEDED:
        if not finished.diagnostics:
            return ToolOutcome(_OK)
        return ToolOutcome(storable(warning_message(finished.diagnostics)), is_error=True)
    text = check_message(
        str(finished.category), finished.diagnostics, finished.problems, files=finished.problem_files
    )
    return ToolOutcome(storable(text), is_error=True)


def is_verdict(finished: BuildFinished) -> bool:
    """Whether it says something about the files, and not only about the platform."""
    if finished.state == BuildState.FAILED:
        return finished.category not in {None, ErrorCategory.INFRASTRUCTURE}
    return finished.state == BuildState.SUCCEEDED
