"""What PostgreSQL says of a statement, told of the place in the file that it came from."""

from asyncpg.exceptions import PostgresError

from data.clients.inspection import as_the_app_says
from data.domain.realm import Names
from data.domain.sql.findings import Finding, Level
from data.domain.sql.parse import Statement
from data.domain.sql.rewrite import position

_TIMEOUT = "57014"


def failure(statement: Statement, sent: str, error: PostgresError, names: Names) -> Finding:
    """The error as a finding, whose code is `sqlstate_` and PostgreSQL's own; `sent` is the text that ran."""
    state = str(getattr(error, "sqlstate", None) or "XX000")
    line, column = statement.source.position(statement.start + _blank(statement.text))
    at = getattr(error, "internal_position", None)
    if at and getattr(error, "internal_query", None) == sent:
        line, column = position(statement, names.ref, int(at) - 1)
    message, hint = str(getattr(error, "message", None) or error), getattr(error, "hint", None) or ""
    if state == _TIMEOUT:
        message, hint = "The statement takes too long.", "Do less in one statement."
    detail = getattr(error, "detail", None)
    text = f"{message} ({detail})" if detail else message
    return Finding(
        statement.file,
        line,
        column,
        f"sqlstate_{state}",
        Level.ERROR,
        as_the_app_says(text, names),
        as_the_app_says(hint, names),
    )


def _blank(text: str) -> int:
    return len(text) - len(text.lstrip())
