"""Migrations, read: files in order, each cut into statements that know where they stand."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from pglast import ast
from pglast.parser import ParseError, parse_sql

from data.domain.sql.findings import Finding, Level
from data.domain.sql.syntax import hint_for
from data.domain.sql.tokens import tokens, too_deep

FOLDER = "supabase/migrations"
_NAME = re.compile(r"supabase/migrations/([0-9]{1,18})_([a-z0-9_-]{1,100})\.sql")
_MOST_NESTED = "The statement is too long or nested too deeply to be checked."


@dataclass(frozen=True)
class Source:
    """A file as it was written."""

    path: str
    sql: str

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.sql))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, from 1."""
        offset = max(0, min(offset, len(self.sql)))
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line_start(self, line: int) -> int:
        """The offset of a line's first character."""
        return self._lines[max(0, min(line, len(self._lines)) - 1)]

    def finding(
        self, offset: int, code: str, message: str, hint: str = "", level: Level = Level.ERROR
    ) -> Finding:
        line, column = self.position(offset)
        return Finding(self.path, line, column, code, level, message, hint)


@dataclass(frozen=True)
class Statement:
    """One statement of a file: its characters from `start` to before `end`, without the semicolon.

    Offsets in `node` count from the start of the file.
    """

    source: Source
    start: int
    end: int
    node: Any

    @property
    def file(self) -> str:
        return self.source.path

    @property
    def text(self) -> str:
        return self.source.sql[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]


@dataclass(frozen=True)
class Migration:
    """One file. `findings` say why it could not be read, then it has no statements."""

    source: Source
    number: int
    name: str
    statements: tuple[Statement, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def digest(self) -> str:
        """The sha256 of the file as it was written."""
        return hashlib.sha256(self.source.sql.encode("utf-8", "surrogatepass")).hexdigest()


def load(files: Mapping[str, str]) -> Sequence[Migration]:
    """Migrations (path to SQL) in the order of their numbers. It never raises: see their `findings`."""
    read = sorted((_read(Source(path, sql)) for path, sql in files.items()), key=lambda m: (m.number, m.path))
    return _with_own_numbers(read)


def _with_own_numbers(migrations: Iterable[Migration]) -> list[Migration]:
    """Two files with one number have no order: the second is refused."""
    kept = list(migrations)
    for index, (first, second) in enumerate(pairwise(tuple(kept)), start=1):
        if first.number == second.number and second.number >= 0:
            message = f"{second.path} has the same number as {first.path}."
            finding = second.source.finding(0, "migration_number", message, "Give it the next free number.")
            kept[index] = Migration(second.source, second.number, second.name, (), (finding,))
    return kept


def _read(source: Source) -> Migration:
    named = _NAME.fullmatch(source.path)
    if named is None:
        message = f"{source.path} is not the name of a migration."
        hint = f"Call it {FOLDER}/<number>_<name>.sql, with small letters, digits, - and _ in the name."
        return Migration(source, -1, "", (), (source.finding(0, "migration_name", message, hint),))
    try:
        statements = _statements(source)
    except Unreadable as error:
        return Migration(source, int(named[1]), named[2], (), (error.finding,))
    return Migration(source, int(named[1]), named[2], statements)


class Unreadable(Exception):
    """SQL that Postgres' grammar does not take."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _statements(source: Source) -> tuple[Statement, ...]:
    raw = trees(source, source.sql)
    return tuple(
        Statement(source, start, start + length if length else len(source.sql), node.stmt)
        for node in raw
        for start, length in [(node.stmt_location or 0, node.stmt_len or 0)]
    )


def trees(source: Source, sql: str, base: int = 0, prefix: str = "") -> tuple[ast.RawStmt, ...]:
    """The statements of `sql`, which stands at `base` of the file. Raises Unreadable.

    `prefix` is put before it to make a statement of an expression.
    """
    unreadable = re.search("[\0\ud800-\udfff]", sql)
    if unreadable:
        message = "The file holds a character that is no text: NUL, or half of a UTF-16 pair."
        raise Unreadable(source.finding(base + unreadable.start(), "syntax_error", message, "Remove it."))
    try:
        deep = too_deep(tokens(sql))
        if deep:
            raise Unreadable(source.finding(base + deep.start, "too_complex", _MOST_NESTED, "Split it."))
        return parse_sql(prefix + sql)
    except ParseError as error:
        message = str(error.args[0])
        at = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], int) else 0
        at = min(max(0, at - len(prefix)), len(sql))
        if message.startswith("memory exhausted"):
            raise Unreadable(source.finding(base + at, "too_complex", _MOST_NESTED, "Split it.")) from error
        hint = hint_for(message, sql, at)
        raise Unreadable(source.finding(base + at, "syntax_error", message, hint)) from error
