"""What a browser saw of an app's pages, for the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.contracts import BuildFinished, Diagnostic, PageFinding, PagesChecked, Severity
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.build_note import in_short
from orchestrator.domain.recovery import location

_MAX_ADVICE = 5
_MAX_SEEN = 10
_CURRENT = "It was built from your files as they are now."
_EARLIER = "It was built from earlier files: what you have written since is not in it; run_check builds it."


def failures(pages: PagesChecked) -> tuple[Diagnostic, ...]:
    """What failed the check."""
    return tuple(_diagnostic(found) for found in pages.findings if found.severity is Severity.ERROR)


def advice(pages: PagesChecked) -> tuple[Diagnostic, ...]:
    """The first of what could be better."""
    found = [_diagnostic(found) for found in pages.findings if found.severity is Severity.WARNING]
    return tuple(found[:_MAX_ADVICE])


def warnings(result: Mapping[str, Any] | None) -> tuple[Diagnostic, ...]:
    """The first of what could be better about what a green build has made; `result` is its BuildFinished."""
    found = () if result is None else BuildFinished.model_validate(result).diagnostics
    return found[:_MAX_ADVICE]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser saw of the app last, and what its build had to say.

    `current`: of exactly the files that there are now.
    """

    pages: PagesChecked
    current: bool = False
    warnings: tuple[Diagnostic, ...] = ()


def seen(last: Seen | None, route: str) -> ToolOutcome:
    """The answer to `look`: what is known of a page, and its picture if there is one."""
    if last is None or not last.pages.routes:
        return ToolOutcome("No browser has seen the app's pages yet: that is done after its build.")
    pages = last.pages
    files = _CURRENT if last.current else _EARLIER
    if route not in pages.routes:
        known = ", ".join(pages.routes)
        unseen = f"No browser has seen {route}. {files} The pages that were seen: {known}"
        return ToolOutcome(unseen, is_error=True)
    picture = next((one for one in pages.thumbnails if one.route == route), None)
    lines = [
        f"{route} as a browser saw it after the app's last build, which {pages.state.value} its check.",
        files,
        f"Other pages: {', '.join(other for other in pages.routes if other != route) or 'none'}",
        *(_line(found) for found in pages.findings[:_MAX_SEEN]),
        *(f"warning: {in_short(found)}" for found in last.warnings),
    ]
    if not pages.findings and not last.warnings:
        lines.append("Nothing was found amiss on any page.")
    return ToolOutcome("\n".join(lines), picture=picture)


def _line(found: PageFinding) -> str:
    diagnostic = _diagnostic(found)
    pages = f" (on {found.count} pages)" if found.count > 1 else ""
    return f"{found.severity.value}: {location(diagnostic)}{diagnostic.code}: {diagnostic.message}{pages}"


def _diagnostic(found: PageFinding) -> Diagnostic:
    width = f", {found.widths[0]} px wide" if len(found.widths) == 1 else ""
    return Diagnostic(
        file=found.file, line=found.line, column=found.column, code=found.kind, frame=found.frame,
        count=found.count, message=f"{found.message} (page {found.route}{width})",
    )  # fmt: skip
