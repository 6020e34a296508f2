"""Reading a realm for a dump: one transaction sees everything as it was when it began."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from asyncpg.exceptions import PostgresError

from data.clients import stored
from data.clients.shard import OwnerGate, Shard
from data.domain.dumps import DumpFailed, Pool, chunk_query
from data.domain.quoting import quoted
from data.domain.realm import PLATFORM, Names

_FIRST = "(0,0)"
_BLOCKS = 512
_FETCHED = 200

IDENTITIES = "identities"
USERS = "users"

# After a crash PostgreSQL counts from nothing again, and could come to where it was.
_STAMPS = """
SELECT regexp_replace(s.schemaname, '_auth$', '') AS ref,
  sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::text || ':' || count(*)
    || '@' || coalesce((SELECT extract(epoch FROM stats_reset)::bigint FROM pg_stat_bgwriter), 0) AS stamp
FROM pg_stat_user_tables s WHERE s.schemaname LIKE 'app\\_%' GROUP BY 1
"""


class Snapshot:
    """A realm as it was at one moment, within the transaction of `connection`."""

    def __init__(self, connection: Any, names: Names) -> None:
        self.connection = connection
        self.names = names
        self._gate = OwnerGate(connection, names)

    async def version(self) -> int | None:
        """Of the realm's schema; None when the shard has no such realm."""
        return await schema_version(self.connection, self.names)

    async def tables(self) -> list[stored.Stored]:
        """The app's tables that hold rows themselves."""
        found = await stored.tables(self.connection, self.names.schema)
        return [table for table in found if not table.partitioned]

    async def columns(self, pool: Pool) -> Mapping[str, tuple[str, ...]]:
        """The columns with values of their own of the pool's tables."""
        schema = {"app": self.names.schema, "auth": self.names.auth_schema, "shared": PLATFORM}[pool]
        found = await stored.columns(self.connection, schema)
        return {
            table: tuple(column.name for column in columns if not column.generated)
            for table, columns in found.items()
        }

    async def migrations(self) -> list[dict[str, Any]]:
        """What is applied, as `migrations` of the shard holds it."""
        rows = await self.connection.fetch(
            f"SELECT number, path, digest, sql FROM {PLATFORM}.migrations WHERE realm = $1 ORDER BY number",
            self.names.ref,
        )
        return [dict(row) for row in rows]

    async def rows(self, table: stored.Stored, columns: tuple[str, ...]) -> AsyncIterator[tuple[int, bytes]]:
        """The rows of an app's table as lines of a dump, with how many; through its owner's gate."""
        after, block = _FIRST, 0
        while block < table.blocks:
            end = min(block + _BLOCKS, table.blocks)
            answer = await self._gate.fetch(chunk_query(self.names.schema, table.name, columns, after, end))
            if answer.body:
                after, _, lines = answer.body.partition("\n")
                yield answer.returned, lines.encode()
            if answer.returned == (answer.total or 0):
                after, block = f"({end},0)", end

    async def users(self, columns: tuple[str, ...]) -> AsyncIterator[tuple[int, bytes]]:
        """The realm's users as lines of a dump."""
        table = f"{quoted(self.names.auth_schema)}.{USERS}"
        async for found in self._lines(columns, table):
            yield found

    async def identities(self, columns: tuple[str, ...]) -> AsyncIterator[tuple[int, bytes]]:
        """What the users have signed in with elsewhere, likewise."""
        condition = f"{PLATFORM}.{IDENTITIES} WHERE realm = $1"
        async for found in self._lines(columns, condition, self.names.ref):
            yield found

    async def sequences(self) -> list[tuple[str, int, bool]]:
        """Where the app's sequences stand."""
        found = []
        for name in await stored.sequences(self.connection, self.names.schema):
            sequence = f"{quoted(self.names.schema)}.{quoted(name)}"
            answer = await self._gate.fetch(f"SELECT last_value, is_called::int::bigint, '' FROM {sequence}")
            found.append((name, answer.total or 0, bool(answer.returned)))
        return found

    async def _lines(
        self, columns: tuple[str, ...], table: str, *params: object
    ) -> AsyncIterator[tuple[int, bytes]]:
        values = ", ".join(f"{quoted(column)}::text" for column in columns)
        query = f"SELECT to_json(ARRAY[{values}]::text[])::text AS line FROM {table}"
        cursor = await self.connection.cursor(query, *params)
        while rows := await cursor.fetch(_FETCHED):
            yield len(rows), "".join(f"{row['line']}\n" for row in rows).encode()


@asynccontextmanager
async def snapshot(shard: Shard, names: Names) -> AsyncIterator[Snapshot]:
    """The realm at this moment; what changes from now on is not seen."""
    options = {"isolation": "repeatable_read", "readonly": True}
    try:
        async with shard.alone({}) as connection, connection.transaction(**options):
            yield Snapshot(connection, names)
    except PostgresError as error:
        raise DumpFailed(f"The database could not be read: {error}.", ref=names.ref) from error


async def schema_version(connection: Any, names: Names) -> int | None:
    """Of the realm's schema at this moment; None when the shard has no such realm."""
    version: int | None = await connection.fetchval(
        f"SELECT schema_version FROM {PLATFORM}.realms WHERE ref = $1", names.ref
    )
    return version


async def stamps(connection: Any) -> dict[str, str]:
    """For each realm of the shard what tells one content from another, users included: how much was ever
    written to how many tables.
    """
    return {row["ref"]: row["stamp"] for row in await connection.fetch(_STAMPS)}
