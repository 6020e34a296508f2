"""What destructive steps would lose, counted before they run."""

from collections.abc import Sequence

from common.contracts import DestructiveStep
from data.clients.inspection import read_catalog
from data.clients.realm_transaction import RealmTransaction
from data.domain.catalog import Relation
from data.domain.quoting import quoted
from data.domain.realm import Role
from data.domain.sql.changes import Change, Loss, destructive
from data.domain.sql.parse import Migration

_MOST = 1_000_000


async def losses(tx: RealmTransaction, todo: Sequence[Migration]) -> Sequence[DestructiveStep]:
    """The destructive steps among migrations that are not applied yet, with what each would lose.

    What the same migrations have made before is nobody's yet.
    """
    changes = [change for one in todo for statement in one.statements for change in destructive(statement)]
    if not changes:
        return []
    catalog = await read_catalog(tx.connection, tx.names)
    known = {table.name: table for table in catalog.tables}
    steps = []
    for change in changes:
        table = known.get(change.table)
        if change.loss is Loss.OBJECT and (known or catalog.relations):
            steps.append(_step(change, ""))
        elif table is not None:
            steps.append(_step(change, await _lost(tx, change, table)))
    return steps


def _step(change: Change, lost: str) -> DestructiveStep:
    return DestructiveStep(file=change.file, line=change.line, what=change.what, lost=lost)


async def _lost(tx: RealmTransaction, change: Change, table: Relation) -> str:
    """In words; empty where nothing that is stored goes away."""
    columns = {column.name for column in table.columns}
    column = quoted(change.column) if change.column in columns else None
    match change.loss:
        case Loss.ROWS:
            return f"{await _count(tx, table, 'true')} rows"
        case Loss.COLUMN | Loss.VALUES if column is not None:
            return f"the values in {await _count(tx, table, f'{column} IS NOT NULL')} rows"
        case Loss.WRITES:
            where = f"{column} IS NULL" if column is not None else "true"
            return f"{await _count(tx, table, where)} rows have no value for it"
    return ""


async def _count(tx: RealmTransaction, table: Relation, where: str) -> str:
    answer = await tx.ask(
        Role.OWNER,
        "SELECT NULL::bigint, count(*), '' FROM "
        f"(SELECT FROM {quoted(table.name)} WHERE {where} LIMIT {_MOST + 1}) found",
    )
    return f"{answer.returned:,}" if answer.returned <= _MOST else f"more than {_MOST:,}"
