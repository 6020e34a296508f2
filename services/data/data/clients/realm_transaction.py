"""Where a realm is changed: one transaction on a connection of its own, in which its owner acts by its gate.

The app's code runs in it, so nothing of the connection is trusted afterwards: it is closed, not given back.
Statements have no names, as the app could put its own behind a name; settings are put back before anything of
the platform's is asked.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from data.clients.shard import Answer, OwnerGate, Shard
from data.domain.migrations import Applied
from data.domain.probe.people import Person
from data.domain.quoting import quoted
from data.domain.realm import PLATFORM, Names, Role

INTERRUPTED = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresConnectionError,
    asyncpg.StatementCompletionUnknownError,
)
"""What says nothing of the statement: somebody was in the way, or the server is going away."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a transaction waits for one lock, may take in all, and is begun anew for want of a lock."""

    lock_seconds: float
    seconds: float
    again_seconds: float = 30.0

    @property
    def statement_seconds(self) -> float:
        """How long one statement may take: less, so that the one that takes too long can be told."""
        return self.seconds * 2 / 3


class RealmTransaction:
    """One transaction in a realm that is locked for it."""

    def __init__(self, connection: Any, names: Names) -> None:
        self.connection = connection
        self._transaction = connection.transaction()
        self.names = names
        self._gate = OwnerGate(connection, names)
        self.kept = False
        self.ended = False

    async def begin(self) -> None:
        """Starts the transaction."""
        await self._transaction.start()

    async def end(self) -> None:
        """Ends it, unless that was done: undone if it was not to be kept."""
        if not self.ended:
            await (self._transaction.commit() if self.kept else self._transaction.rollback())

    @property
    def people(self) -> Sequence[str]:
        """The roles of those who use the app."""
        return self.names.role(Role.AUTHENTICATED), self.names.role(Role.ANON)

    def keep(self) -> None:
        """Has the transaction committed at its end."""
        self.kept = True

    async def commit(self) -> None:
        """Ends the transaction now, with everything that was done in it."""
        await self._transaction.commit()
        self.ended = True

    async def run(self, statement: str) -> None:
        """Runs one statement as the owner. Raises asyncpg.PostgresError as it comes."""
        await self._gate.run(statement)

    async def ask(self, role: Role, query: str, claims: str = "") -> Answer:
        """Answers a query of the columns `total, returned, body` as the role."""
        return await self._gate.fetch(query, (), claims, role)

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """What happens within is undone if it fails, and only that."""
        async with self.connection.transaction():
            yield

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """What happens within is undone."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            yield
        finally:
            await transaction.rollback()

    async def add_people(self, *people: Person) -> None:
        """Makes users who have just signed up."""
        table = f"{quoted(self.names.auth_schema)}.users"
        statement = f"INSERT INTO {table} (id, email, email_confirmed_at) VALUES ($1, $2, now())"
        for person in people:
            await self.connection.execute(statement, person.id, person.email)

    async def applied(self) -> Sequence[Applied]:
        """What was applied so far, in order."""
        rows = await self.connection.fetch(
            f"SELECT number, path, digest FROM {PLATFORM}.migrations WHERE realm = $1 ORDER BY number",
            self.names.ref,
        )
        return [Applied(**row) for row in rows]

    async def record(self, applied: Applied, sql: str, deployment_id: str | None) -> None:
        """Notes what was applied, with the text that a restore needs."""
        await self.connection.execute(
            f"INSERT INTO {PLATFORM}.migrations (realm, number, path, digest, sql, deployment_id) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            self.names.ref,
            applied.number,
            applied.path,
            applied.digest,
            sql,
            deployment_id,
        )

    async def count_up(self) -> None:
        """Gives the schema a new version: what was rendered for an earlier one is refused from then on."""
        await self.connection.execute(
            f"UPDATE {PLATFORM}.realms SET schema_version = schema_version + 1 WHERE ref = $1",
            self.names.ref,
        )


@asynccontextmanager
async def realm_transaction(
    shard: Shard, names: Names, patience: Patience
) -> AsyncIterator[RealmTransaction]:
    """A transaction that is undone at the end of the block unless it was kept."""
    limits = {"lock_timeout": patience.lock_seconds, "statement_timeout": patience.statement_seconds}
    settings = {name: str(round(value * 1000)) for name, value in limits.items()}
    async with shard.alone(settings, names.ref) as connection:
        tx = RealmTransaction(connection, names)
        await tx.begin()
        yield tx
        await tx.end()
