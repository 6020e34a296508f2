"""Reading what came out of a sandbox: any field may be missing or nonsense."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from builder.clients.sandbox.frames import Frame
from builder.domain.evidence import Output, ToolReport
from common.contracts import Diagnostic, FileFix

_MAX_ERRORS = 500
_MAX_FIXES = 50
_MAX_TEXT = 4000
_MAX_NUMBER = 2**31 - 1


def tool_report(header: Mapping[str, Any]) -> ToolReport:
    """The report, with what is missing or of another type left out, and bounded in size."""
    parsed = _diagnostics(header.get("errors"))
    return ToolReport(
        ok=header.get("ok") is True,
        errors=parsed,
        count=max(_number(header.get("count")) or 0, len(parsed)),
        crash=_text(header.get("crash")),
        duration_ms=float(_number(header.get("ms")) or 0),
        fixes=_fixes(header.get("fixes")),
        warnings=_diagnostics(header.get("warnings")),
    )


def _diagnostics(items: object) -> tuple[Diagnostic, ...]:
    return tuple(_diagnostic(item) for item in (items if isinstance(items, list) else [])[:_MAX_ERRORS])


def _fixes(items: object) -> tuple[FileFix, ...]:
    """None when anything about them is unusual: nobody needs them."""
    listed = items if isinstance(items, list) else []
    try:
        return tuple(FileFix.model_validate_json(storable(json.dumps(item))) for item in listed[:_MAX_FIXES])
    except ValidationError:
        return ()


def output_of(frame: Frame) -> Output:
    """What the bundler hands over; raises BrokenFrame."""
    files, compressed = frame.files("files", "compressed")
    modules = frame.header.get("modules")
    named = modules if isinstance(modules, list) else []
    return Output(files, compressed, tuple(name for name in named if isinstance(name, str)))


def _diagnostic(item: object) -> Diagnostic:
    fields: Mapping[str, Any] = item if isinstance(item, dict) else {}
    code = _text(fields.get("code"))
    return Diagnostic(
        message=_text(fields.get("message")) or "The tool gave no message.",
        file=_text(fields.get("file")),
        line=_number(fields.get("line")),
        column=_number(fields.get("column")),
        # The bundler's own code for it says less than the plugin's name.
        code=_text(fields.get("plugin")) if code in {None, "PLUGIN_ERROR"} else code,
        suggestion=_text(fields.get("suggestion")),
    )


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return storable(value[:_MAX_TEXT])


def storable(text: str) -> str:
    """Fit for JSON and the database: without NUL and halves of characters."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _number(value: object) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 0 <= value <= _MAX_NUMBER else None
