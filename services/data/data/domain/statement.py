"""SQL that a person sends to look at an app's data: one statement, read or changed, never its structure."""

from dataclasses import dataclass

from pglast import ast

from common.errors import InvalidInput
from data.domain.bounded import bounded
from data.domain.sql import parse
from data.domain.sql.expressions import Expressions, Known
from data.domain.sql.rewrite import rewritten

MAX_ROWS = 1000
MAX_BYTES = 4_000_000

_CHANGES = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)


NOTHING_MADE = Known()


class SqlRefused(InvalidInput):
    """SQL that is not one statement of the kind that is asked for."""

    code = "sql_refused"


class SqlFailed(InvalidInput):
    """What Postgres itself says against the statement."""

    code = "sql_failed"


@dataclass(frozen=True)
class Statement:
    """One statement of SQL. `changes`: it writes. `answers`: it has rows to show."""

    text: str
    changes: bool
    answers: bool

    def rendered(self) -> str:
        """As a gate runs it: at most MAX_ROWS rows within MAX_BYTES, or how many rows were changed."""
        if not self.changes:
            return bounded(self.text, MAX_ROWS, MAX_BYTES)
        text = self.text if self.answers else f"{self.text}\nRETURNING 1"
        counted = "SELECT count(*) FROM changed"
        rows = bounded("SELECT * FROM changed", MAX_ROWS, MAX_BYTES, total=counted)
        shown = rows if self.answers else "SELECT count(*)::bigint, 0::bigint, '[]' FROM changed"
        return f"WITH changed AS (\n{text}\n) {shown}"


def read_statement(sql: str, ref: str, *, write: bool, known: Known = NOTHING_MADE) -> Statement:
    """The one statement of the text, with the realm's names for the app's own.

    `known` are the functions and types that the app has made. Raises SqlRefused: for what an app's own
    functions may not reach either, and for changes that were not asked for.
    """
    source = parse.Source("sql", sql)
    try:
        parsed = parse.trees(source, sql)
    except parse.Unreadable as error:
        found = error.finding
        raise SqlRefused(f"{found.message} (line {found.line}, column {found.column})") from error
    if len(parsed) != 1:
        raise SqlRefused(f"There are {len(parsed)} statements; send them one at a time.")
    raw = parsed[0]
    start = raw.stmt_location or 0
    end = start + raw.stmt_len if raw.stmt_len else len(sql)
    node = raw.stmt
    text = rewritten(parse.Statement(source, start, end, node), ref).strip()
    if isinstance(node, ast.SelectStmt) and node.intoClause is None:
        _confined(source, node, known)
        return Statement(text, changes=False, answers=True)
    if not isinstance(node, _CHANGES):
        raise SqlRefused(
            'Only SELECT, VALUES and, with "write": true, INSERT, UPDATE and DELETE are run here; '
            "tables and whatever else has a definition are changed by the app's migrations."
        )
    if not write:
        raise SqlRefused('The statement changes rows; send "write": true with it if that is meant.')
    _confined(source, node, known)
    return Statement(text, changes=True, answers=node.returningClause is not None)


def _confined(source: parse.Source, node: ast.Node, known: Known) -> None:
    """The catalogue of a shard tells of all its apps: a statement keeps to its own app's names."""
    refusal = next(Expressions(known, users_readable=True).refusals(node), None)
    if refusal:
        line, column = source.position(refusal.at)
        raise SqlRefused(f"{refusal.message} {refusal.hint} (line {line}, column {column})")
