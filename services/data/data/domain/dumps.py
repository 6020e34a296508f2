"""What a dump of a realm is: JSON by the line, of which the last says that nothing is missing.

The first line has the migrations; they make the tables anew. Then each table in turn: a line that names its
columns, and a line for each row, an array of the values as Postgres writes them as text. Sequences follow,
and how many rows there were.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from common.errors import AppError, Conflict, NotFound
from data.domain.quoting import quoted

FORMAT = 1
CHUNK_BYTES = 4_000_000


class Reason(StrEnum):
    """Why a dump was taken."""

    SCHEDULED = "scheduled"
    REQUESTED = "requested"
    MIGRATION = "migration"
    RESTORE = "restore"


Pool = Literal["app", "auth", "shared"]
"""Whose table it is: the app's own, the realm's pool of users, or what all realms of the shard share."""


class DumpNotFound(NotFound):
    """Another app's counts as none, and so does one that is no longer kept."""

    code = "dump_not_found"


class DumpUnfinished(Conflict):
    """There is nothing to restore in a dump that is not done."""

    code = "dump_unfinished"


class DumpFailed(AppError):
    """The database would not let itself be read, or there was no room for what was read."""

    code = "dump_failed"
    status = 503
    retryable = True


class RestoreFailed(AppError):
    """What the dump holds cannot be put back as it is; nothing has changed."""

    code = "restore_failed"
    status = 409


class DumpDamaged(AppError):
    """The dump's bytes are not those that were stored, or end too early."""

    code = "dump_damaged"
    status = 409


@dataclass(frozen=True)
class Header:
    """The first line."""

    ref: str
    taken_at: datetime
    migrations: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class TableLine:
    """Whose rows follow."""

    pool: Pool
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class SequenceLine:
    """Where one of the app's sequences stands."""

    sequence: str
    value: int
    called: bool


@dataclass(frozen=True)
class EndLine:
    """The last line: the rows of every table, by pool and name."""

    rows: Mapping[str, int] = field(default_factory=dict)


Line = Header | TableLine | SequenceLine | EndLine


def encoded(line: Line) -> bytes:
    """The line with its end."""
    kinds = {Header: "dump", TableLine: "table", SequenceLine: "sequence", EndLine: "end"}
    content = {"line": kinds[type(line)], **({"format": FORMAT} if isinstance(line, Header) else {})}
    return json.dumps({**content, **asdict(line)}, default=datetime.isoformat).encode() + b"\n"


def decoded(data: bytes) -> Line | list[str | None]:
    """The line, a row's values if it is one; raises DumpDamaged."""
    try:
        content = json.loads(data)
        return content if isinstance(content, list) else _line(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DumpDamaged("The dump has a line that cannot be read.") from error


def _line(content: dict[str, Any]) -> Line:
    kind = content.pop("line")
    if kind == "dump":
        if content.pop("format") != FORMAT:
            raise DumpDamaged("The dump was written by a later release, which alone can read it.")
        taken_at = datetime.fromisoformat(content["taken_at"])
        return Header(content["ref"], taken_at, tuple(content["migrations"]))
    if kind == "table":
        return TableLine(content["pool"], content["table"], tuple(content["columns"]))
    if kind == "sequence":
        return SequenceLine(**content)
    if kind == "end":
        return EndLine(content["rows"])
    raise DumpDamaged(f"The dump has a line of a kind that is not known: {kind!r}.")


def chunk_query(schema: str, table: str, columns: tuple[str, ...], after: str, before_block: int) -> str:
    """Rows that lie behind `after` and before a block, as lines of at most CHUNK_BYTES together.

    The body's first line is where its last row lies; `total` rows are there, of which `returned` are in it.
    The first is in it whatever its size, so that the next query gets further.
    """
    values = ", ".join(f"{quoted(column)}::text" for column in columns)
    within = f"FILTER (WHERE before < {CHUNK_BYTES})"
    return (
        f"SELECT count(*)::bigint, count(*) {within}::bigint, "
        f"(array_agg(at ORDER BY at DESC) {within})[1]::text || E'\\n' || "
        f"string_agg(line, E'\\n' ORDER BY at) {within} || E'\\n'\n"
        "FROM (SELECT at, line, sum(octet_length(line)) OVER (ORDER BY at) - octet_length(line) AS before\n"
        f"FROM (SELECT ctid AS at, to_json(ARRAY[{values}]::text[])::text AS line\n"
        f"FROM ONLY {quoted(schema)}.{quoted(table)}\n"
        f"WHERE ctid > '{after}'::tid AND ctid < '({before_block:d},0)'::tid) found) measured"
    )


@dataclass(frozen=True)
class Target:
    """A column that values are put back into: where they stand in a row, and the type as SQL spells it."""

    position: int
    column: str
    type: str


def insert_query(table: str, targets: Sequence[Target], rows: str, fixed: Mapping[str, str]) -> str:
    """Puts rows back into a quoted, qualified table; answers as a gate does, how many there were.

    `rows` is SQL for a JSON array of arrays of text, `fixed` are columns with one value as SQL.
    """
    names = ", ".join(quoted(name) for name in (*fixed, *(target.column for target in targets)))
    values = ", ".join(
        (*fixed.values(), *(f"(r ->> {target.position:d})::{target.type}" for target in targets))
    )
    return (
        f"WITH put AS (INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE\n"
        f"SELECT {values} FROM json_array_elements({rows}::json) r RETURNING 1)\n"
        "SELECT count(*)::bigint, 0::bigint, '' FROM put"
    )
