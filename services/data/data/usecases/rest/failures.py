"""Says what a database refused in PostgREST's way: SQLSTATE, message, and the status that fits."""

import re
from typing import Any

from data.clients.checks import NOT_SINGLE, TOO_LARGE, TOO_MANY
from data.domain.realm import Names, Role
from data.domain.rest.errors import RestError, not_single, too_many_affected

_STATUS = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42501": 403,
    "42883": 404,
    "42P01": 404,
    "57014": 408,
}
_STATUS_OF_CLASS = {"08": 503, "0L": 403, "0P": 403, "28": 403, "40": 503, "53": 503, "58": 503}
"""Whatever is not here is the request's or the app's own fault, and 400."""

_LONGEST = 2000
"""Characters of a message: PostgreSQL repeats what it could not read."""

_CUSTOM = re.compile(r"PT([2-5]\d\d)")
_TIMEOUT_HINT = "The statement took longer than is allowed. Ask for fewer rows, or add an index."


def failure(error: Any, names: Names, role: Role) -> RestError:
    """What the client is told of an asyncpg.PostgresError, in the names that the app's own SQL uses."""
    code = error.sqlstate or "XX000"
    if code in {TOO_LARGE, NOT_SINGLE, TOO_MANY}:
        return _not_accepted(code, int(error.detail or 0))
    custom = _CUSTOM.fullmatch(code)
    status = int(custom[1]) if custom else _STATUS.get(code, _STATUS_OF_CLASS.get(code[:2], 400))
    if code == "42501" and role is Role.ANON:
        status = 401
    hint = _TIMEOUT_HINT if code == "57014" else _plain(error.hint, names)
    message = _plain(str(error.args[0] if error.args else ""), names) or ""
    return RestError(status, code, message, details=_plain(error.detail, names), hint=hint)


def _not_accepted(code: str, number: int) -> RestError:
    if code == NOT_SINGLE:
        return not_single(number)
    if code == TOO_MANY:
        return too_many_affected(number)
    return RestError(
        413,
        "54000",
        "The answer is too large",
        details=f"It has {number} bytes or more",
        hint="Ask for fewer rows or columns.",
    )


def _plain(text: str | None, names: Names) -> str | None:
    if text is None or names.ref not in text:
        return text and text[:_LONGEST]
    for role in Role:
        text = re.sub(
            rf'"?{names.role(role)}"?(?![\w$])', "service_role" if role is Role.OWNER else role, text
        )
    text = re.sub(rf'"?{names.auth_schema}"?(?![\w$])', "auth", text)
    text = re.sub(rf'"{names.schema}\.([^"]*)"', r'"\1"', text)
    text = re.sub(rf'"?{names.schema}"?\.', "", text)
    return re.sub(rf'"?{names.schema}"?(?![\w$])', "public", text)[:_LONGEST]
