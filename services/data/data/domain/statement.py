"""SQL that a person sends to look at an app's data: one statement, read or changed, never its structure."""

from dataclasses import dataclass

from pglast import ast, parse_sql
from pglast.parser import ParseError

from common.errors import InvalidInput
from data.domain.bounded import bounded

MAX_ROWS = 1000
MAX_BYTES = 4_000_000

_CHANGES = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)


class SqlRefused(InvalidInput):
    """SQL that is not one statement of the kind that is asked for."""

    code = "sql_refused"


@dataclass(frozen=True)
class Statement:
    """One statement of SQL. `changes`: it writes. `answers`: it has rows to show."""

    text: str
    changes: bool
    answers: bool

    def rendered(self) -> str:
        """As a gate runs it: at most MAX_ROWS rows within MAX_BYTES, or how many rows were changed."""
        if not self.changes:
            return bounded(f"SELECT * FROM ({self.text}\n) result LIMIT {MAX_ROWS}", MAX_BYTES)
        text = self.text if self.answers else f"{self.text}\nRETURNING 1"
        counted = "SELECT count(*) FROM changed"
        rows = bounded(f"SELECT * FROM changed LIMIT {MAX_ROWS}", MAX_BYTES, total=counted)
        shown = rows if self.answers else "SELECT count(*)::bigint, 0::bigint, '[]' FROM changed"
        return f"WITH changed AS (\n{text}\n) {shown}"


def read_statement(sql: str, *, write: bool) -> Statement:
    """The one statement of the text; raises SqlRefused, also for changes that were not asked for."""
    try:
        parsed = parse_sql(sql)
    except ParseError as error:
        raise SqlRefused(f"This is no SQL that Postgres reads: {error.args[0]}.") from error
    if len(parsed) != 1:
        raise SqlRefused(f"There are {len(parsed)} statements; send them one at a time.")
    raw = parsed[0]
    start, length = raw.stmt_location or 0, raw.stmt_len
    text = (sql[start : start + length] if length else sql[start:]).strip()
    node = raw.stmt
    if isinstance(node, ast.SelectStmt) and node.intoClause is None:
        return Statement(text, changes=False, answers=True)
    if not isinstance(node, _CHANGES):
        raise SqlRefused(
            'Only SELECT, VALUES and, with "write": true, INSERT, UPDATE and DELETE are run here; '
            "tables and whatever else has a definition are changed by the app's migrations."
        )
    if not write:
        raise SqlRefused('The statement changes rows; send "write": true with it if that is meant.')
    return Statement(text, changes=True, answers=node.returningClause is not None)
