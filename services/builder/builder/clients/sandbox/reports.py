"""Reading a tool's report as it came out of the sandbox: any field may be missing or nonsense."""

from collections.abc import Mapping
from typing import Any

from builder.domain.evidence import ToolError, ToolReport

_MAX_ERRORS = 50
_MAX_TEXT = 4000


def tool_report(header: Mapping[str, Any]) -> ToolReport:
    """The report, with what is missing or of another type left out, and bounded in size."""
    errors = header.get("errors")
    parsed = tuple(_error(item) for item in (errors if isinstance(errors, list) else [])[:_MAX_ERRORS])
    return ToolReport(
        ok=header.get("ok") is True,
        errors=parsed,
        count=max(_number(header.get("count")) or 0, len(parsed)),
        crash=_text(header.get("crash")),
        duration_ms=float(_number(header.get("ms")) or 0),
    )


def _error(item: object) -> ToolError:
    fields: Mapping[str, Any] = item if isinstance(item, dict) else {}
    return ToolError(
        message=_text(fields.get("message")) or "The tool gave no message.",
        file=_text(fields.get("file")),
        line=_number(fields.get("line")),
        column=_number(fields.get("column")),
        code=_text(fields.get("code")),
        plugin=_text(fields.get("plugin")),
    )


def _text(value: object) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
