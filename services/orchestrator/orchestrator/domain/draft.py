"""What the model is told of a draft: the files of a failed run that the app's next message goes on from."""

from collections.abc import Sequence

from common.contracts import Diagnostic
from orchestrator.domain.build_note import in_short
from orchestrator.domain.sections import material, section
from orchestrator.domain.tree import TreeDiff

_MAX_PROBLEMS = 5
_MAX_PATHS = 30

_ABOUT = (
    "The request before failed after it had written files. They are kept, and `<files>` lists them as they "
    "are now; the person still sees the last good version. Go on from them: keep what serves the request, "
    "repair what is broken."
)
STARTED_OVER = section(
    "draft",
    "The person wants to start over: what the failed request before had written is gone. `<files>` lists the "
    "app's last good version.",
)
OVERTAKEN = section(
    "draft",
    "What the failed request before had written is gone, because the app's files have been changed by other "
    "means since. `<files>` lists the app as it is now.",
)


def draft_note(changes: TreeDiff, problems: Sequence[Diagnostic]) -> str:
    """`changes`: what the failed run had done to the app; `problems`: why its last check failed, if so."""
    done = (("Added", changes.added), ("Changed", changes.changed), ("Deleted", changes.removed))
    lines = [_ABOUT, *(f"{verb}: {_listed(paths)}" for verb, paths in done if paths)]
    if problems:
        lines.append("What its last check found:")
        lines += [f"- {in_short(problem)}" for problem in problems[:_MAX_PROBLEMS]]
    if len(problems) > _MAX_PROBLEMS:
        lines.append(f"… and {len(problems) - _MAX_PROBLEMS} more.")
    return section("draft", material("\n".join(lines)))


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MAX_PATHS} more" if len(paths) > _MAX_PATHS else ""
    return ", ".join(paths[:_MAX_PATHS]) + more
