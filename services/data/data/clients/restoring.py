"""Putting a dump back into a realm, within the realm's transaction: all of it, or nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from data.clients import stored
from data.clients.dumping import IDENTITIES, USERS
from data.clients.foundations import emptied_statements
from data.clients.shard import OwnerGate
from data.domain.dumps import SequenceLine, TableLine, Target, insert_query
from data.domain.quoting import literal, quoted
from data.domain.realm import PLATFORM, Names

# With them goes whatever somebody of the time after the dump could come in by.
_PASSING = ("one_time_tokens", "auth_codes", "flows", "mails")


class Restoration:
    """A realm that gets other content, in the transaction of an admin's connection."""

    def __init__(self, connection: Any, names: Names) -> None:
        self._connection = connection
        self._names = names
        self._gate = OwnerGate(connection, names)
        self._columns: Mapping[str, Mapping[str, str]] = {}
        self._foreign_keys: Sequence[stored.ForeignKey] = ()
        self._tables: Sequence[str] = ()

    async def begin(self, restore_id: str) -> bool:
        """Whether this restore was not done yet."""
        return bool(
            await self._connection.fetchval(
                f"INSERT INTO {PLATFORM}.restores (id, realm) VALUES ($1, $2) ON CONFLICT DO NOTHING "
                "RETURNING true",
                restore_id,
                self._names.ref,
            )
        )

    async def empty(self, admin: str) -> None:
        """Takes away the app's schema with all that is in it, and what was applied to it."""
        for statement in emptied_statements(self._names, admin):
            await self._connection.execute(statement)
        await self._connection.execute(f"DELETE FROM {PLATFORM}.migrations WHERE realm = $1", self._names.ref)

    async def open_tables(self) -> None:
        """Before rows: what migrations have put in goes, triggers rest, foreign keys wait for all rows."""
        schema = self._names.schema
        self._columns = {
            table: {column.name: column.type for column in columns}
            for table, columns in (await stored.columns(self._connection, schema)).items()
        }
        self._tables = [quoted(table.name) for table in await stored.tables(self._connection, schema)]
        self._foreign_keys = await stored.foreign_keys(self._connection, schema)
        for key in self._foreign_keys:
            await self._gate.run(f"ALTER TABLE {quoted(key.table)} DROP CONSTRAINT {quoted(key.name)}")
        for table in self._tables:
            await self._gate.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        if self._tables:
            await self._gate.run(f"TRUNCATE {', '.join(self._tables)}")
        await self._connection.execute(f"DELETE FROM {self._users}")
        await self._connection.execute(
            f"DELETE FROM {PLATFORM}.{IDENTITIES} WHERE realm = $1", self._names.ref
        )

    async def put(self, line: TableLine, rows: Sequence[Sequence[str | None]]) -> None:
        """Puts rows back; those of columns that are no more are left out."""
        content = json.dumps(rows)
        if line.pool == "app":
            table = f"{quoted(self._names.schema)}.{quoted(line.table)}"
            targets = _targets(line, self._columns.get(line.table, {}))
            query = insert_query(table, targets, "($1)[1]", {})
            await self._gate.fetch(query, [content])
            return
        schema, name = (self._names.auth_schema, USERS) if line.pool == "auth" else (PLATFORM, IDENTITIES)
        known = (await stored.columns(self._connection, schema)).get(name, [])
        targets = _targets(line, {column.name: column.type for column in known})
        fixed = {} if line.pool == "auth" else {"realm": literal(self._names.ref)}
        query = insert_query(f"{quoted(schema)}.{quoted(name)}", targets, "$1::text", fixed)
        await self._connection.fetchval(query, content)

    async def set_sequence(self, line: SequenceLine) -> None:
        """Has a sequence go on from where it stood."""
        name = literal(f"{quoted(self._names.schema)}.{quoted(line.sequence)}")
        called = "true" if line.called else "false"
        await self._gate.fetch(f"SELECT setval({name}, {line.value:d}, {called}), 0::bigint, ''")

    async def close_tables(self) -> None:
        """After all rows: foreign keys are checked, triggers work again, sessions of no user end."""
        for table in self._tables:
            await self._gate.run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for key in self._foreign_keys:
            await self._gate.run(
                f"ALTER TABLE {quoted(key.table)} ADD CONSTRAINT {quoted(key.name)} {key.definition}"
            )
        await self._connection.execute(
            f"DELETE FROM {PLATFORM}.sessions s WHERE realm = $1 "
            f"AND NOT EXISTS (SELECT FROM {self._users} u WHERE u.id = s.user_id)",
            self._names.ref,
        )
        for table in _PASSING:
            await self._connection.execute(
                f"DELETE FROM {PLATFORM}.{table} WHERE realm = $1", self._names.ref
            )

    @property
    def _users(self) -> str:
        return f"{quoted(self._names.auth_schema)}.{USERS}"


def _targets(line: TableLine, types: Mapping[str, str]) -> list[Target]:
    return [Target(n, name, types[name]) for n, name in enumerate(line.columns) if name in types]
