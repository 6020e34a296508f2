"""What a browser saw of an app's pages, for the model."""

from common.contracts import Diagnostic, PageFinding, PagesChecked, Severity
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.recovery import location

_MAX_ADVICE = 5
_MAX_SEEN = 10


def failures(pages: PagesChecked) -> tuple[Diagnostic, ...]:
    """What failed the check."""
    return tuple(_diagnostic(found) for found in pages.findings if found.severity is Severity.ERROR)


def advice(pages: PagesChecked) -> tuple[Diagnostic, ...]:
    """The first of what could be better."""
    found = [_diagnostic(found) for found in pages.findings if found.severity is Severity.WARNING]
    return tuple(found[:_MAX_ADVICE])


def seen(pages: PagesChecked | None, route: str) -> ToolOutcome:
    """The answer to `look`: what is known of a page, and its picture if there is one."""
    if pages is None or not pages.routes:
        return ToolOutcome("No browser has seen the app's pages yet: that is done after its build.")
    if route not in pages.routes:
        known = ", ".join(pages.routes)
        return ToolOutcome(f"No browser has seen {route}. The pages that were seen: {known}", is_error=True)
    picture = next((one for one in pages.thumbnails if one.route == route), None)
    lines = [
        f"{route} as a browser saw it after the app's last build, which {pages.state.value} its check.",
        f"Other pages: {', '.join(other for other in pages.routes if other != route) or 'none'}",
        *(_line(found) for found in pages.findings[:_MAX_SEEN]),
    ]
    if not pages.findings:
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
