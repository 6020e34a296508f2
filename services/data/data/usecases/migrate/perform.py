"""Migrations run in a realm's transaction, from the first statement to the probe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg
from asyncpg.exceptions import PostgresError

from data.clients.audit import audit, unsealed
from data.clients.inspection import OWNER_POLICY, read_catalog
from data.clients.realm_transaction import INTERRUPTED, RealmTransaction
from data.domain.catalog import Catalog
from data.domain.migrations import MOST_TABLES, blocked, pending, too_many_statements
from data.domain.quoting import quoted
from data.domain.realm import Role
from data.domain.sql.findings import Finding
from data.domain.sql.parse import Migration, Statement
from data.domain.sql.rewrite import rewritten
from data.usecases.migrate.failure import failure
from data.usecases.migrate.findings import Locator
from data.usecases.migrate.probe import probe


@dataclass(frozen=True, slots=True)
class Performed:
    """`catalog` is what the schema holds then, None if it did not come to that."""

    todo: Sequence[Migration]
    findings: Sequence[Finding]
    catalog: Catalog | None = None

    @property
    def blocked(self) -> bool:
        """Whether the migrations cannot be applied so."""
        return blocked(self.findings)


async def perform(tx: RealmTransaction, migrations: Sequence[Migration]) -> Performed:
    """Runs those that are not applied, closes what they made and has it tried by the probe.

    Nothing is recorded. Whoever is refused has to undo the transaction.
    """
    todo, findings = pending(migrations, await tx.applied())
    findings = findings or too_many_statements(todo)
    if findings:
        return Performed(todo, findings)
    for migration in todo:
        for statement in migration.statements:
            failed = await _run(tx, statement)
            if failed is not None:
                return Performed(todo, [failed])
    await _seal(tx)
    locator = Locator(migrations)
    breaches = [locator.of_breach(found) for found in await audit(tx.connection, tx.names)]
    if breaches:
        return Performed(todo, breaches)
    catalog = await read_catalog(tx.connection, tx.names)
    if len(catalog.tables) > MOST_TABLES:
        return Performed(todo, [locator.of_count(len(catalog.tables))])
    report = await probe(tx, catalog) if todo else None
    return Performed(todo, locator.of_report(report) if report else [], catalog)


async def _run(tx: RealmTransaction, statement: Statement) -> Finding | None:
    text = rewritten(statement, tx.names.ref)
    if not text:
        return None
    try:
        await tx.run(text)
    except asyncpg.QueryCanceledError as error:
        return failure(statement, text, error, tx.names)
    except INTERRUPTED:
        raise
    except PostgresError as error:
        return failure(statement, text, error, tx.names)
    return None


async def _seal(tx: RealmTransaction) -> None:
    """Row-level security on every table, for its owner too, who alone sees all."""
    owner = quoted(tx.names.role(Role.OWNER))
    for name in await unsealed(tx.connection, tx.names):
        for statement in _sealing(quoted(name), owner):
            await tx.run(statement)


def _sealing(table: str, owner: str) -> Iterator[str]:
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS {OWNER_POLICY} ON {table}"
    yield f"CREATE POLICY {OWNER_POLICY} ON {table} TO {owner} USING (true) WITH CHECK (true)"
