"""What the model is told, while it is still writing, of a build of the files as they were a moment ago."""

from common.contracts import BuildFinished, BuildState, Diagnostic
from orchestrator.domain.naming import is_name_note
from orchestrator.domain.recovery import chosen, location, occurrences

_MAX_SHOWN = 5
_MAX_MESSAGE = 300
_BEGINNING = "<build_check>"


def build_note(finished: BuildFinished) -> str:
    """The first diagnostics, and how many there are, as a block for the conversation's history."""
    shown = chosen(finished.diagnostics, _MAX_SHOWN)
    count = max(finished.problems, sum(diagnostic.count for diagnostic in finished.diagnostics))
    problems = "1 problem" if count == 1 else f"{count} problems"
    if finished.state == BuildState.SUCCEEDED:
        says = "build. What visitors or search engines would miss, though; mend it before you call finish:"
    else:
        says = (
            f"do not build yet ({finished.category}, {problems}). Errors of work that is not finished are "
            f"expected. Go on, and see that none is left when you call finish."
        )
    about = f"For your information: your files, as they were before these calls, {says}"
    lines = [about, *(in_short(diagnostic) for diagnostic in shown)]
    left = count - sum(diagnostic.count for diagnostic in shown)
    if left > 0:
        lines.append(f"… and {left} more.")
    body = "\n".join(lines).replace("</build_check", "<\\/build_check")
    return f"{_BEGINNING}\n{body}\n</build_check>"


def in_short(diagnostic: Diagnostic) -> str:
    """Where it is and what it says, without its code lines."""
    code = f"{diagnostic.code}: " if diagnostic.code else ""
    often = f" ({occurrences(diagnostic)})" if diagnostic.count > 1 else ""
    return f"{location(diagnostic)}{code}{diagnostic.message.strip()[:_MAX_MESSAGE]}{often}"


def is_note(text: str) -> bool:
    """Whether a text placed after tool results is mere news: of a build, or of the app's name."""
    return text.startswith(_BEGINNING) or is_name_note(text)
