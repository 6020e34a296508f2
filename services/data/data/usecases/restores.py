"""Restores: a realm gets what a dump holds, in one transaction, after a dump of what was there."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from asyncpg.exceptions import PostgresError

from common.contracts import Environment, dump_key
from common.deletion import is_deleted
from common.errors import Unavailable
from common.ids import derived_id
from common.logging import get_logger
from common.work import Lease, under_lease
from data.clients.realm_transaction import INTERRUPTED, Patience, RealmTransaction, realm_transaction
from data.clients.restoring import Restoration
from data.clients.shard import Shard
from data.clients.spool import Spool
from data.clients.stored import portable
from data.db import dumps
from data.db.models import DeletedApp, Realm
from data.db.records import Dump, Restore
from data.domain.dumps import (
    DumpDamaged,
    DumpNotFound,
    EndLine,
    Header,
    Reason,
    RestoreFailed,
    SequenceLine,
    TableLine,
    decoded,
)
from data.domain.migrations import Applied
from data.domain.realm import Names
from data.domain.sql.parse import load
from data.errors import RealmNotFound
from data.metrics import RESTORES
from data.usecases.dumps import dump
from data.usecases.migrate.perform import perform
from data.usecases.realms import ensure_on_shard, make_realm
from data.usecases.resources import Resources
from data.usecases.work import ATTEMPTS, record_failure

_SECONDS = 3600.0
_ROWS = 1000

logger = get_logger(__name__)


async def restore(resources: Resources, lease: Lease[Restore]) -> None:
    """Does the restore that the lease is on, and records how that ends; raises what it ends with."""
    async with resources.db.begin() as session:
        row = await lease.hold(session)
        row.attempts += 1
        taken = await dumps.find(session, Dump, row.app_id, row.dump_id)
    try:
        await under_lease(resources.db, lease, _restore(resources, lease, row, taken))
    except Exception as error:
        await record_failure(resources.db, lease, error)
        RESTORES.labels("failed").inc()
        raise
    RESTORES.labels("done").inc()


async def _restore(resources: Resources, lease: Lease[Restore], row: Restore, taken: Dump | None) -> None:
    if taken is None or taken.state != dumps.DONE:
        raise DumpNotFound("The dump is no longer kept.", dump=row.dump_id)
    if row.attempts > ATTEMPTS:
        raise RestoreFailed("The restore was begun again and again without coming to an end.")
    realm = await make_realm(resources, row.app_id, Environment(row.environment))
    shard, names = resources.shards[realm.shard], Names(realm.ref)
    if row.backup is None:
        await _back_up(resources, lease, row.id, realm)
    with Spool() as spool:
        await resources.objects.download(dump_key(taken.app_id, taken.id), spool.file)
        if await spool.digest() != taken.digest:
            raise DumpDamaged("The dump is not what was stored: its digest is another.", dump=taken.id)
        try:
            await _swap(resources, shard, realm, row.id, spool)
        except INTERRUPTED as error:
            raise Unavailable("The app's tables are in use; the restore is tried again.") from error
        except PostgresError as error:
            reason = portable(str(error), names)
            raise RestoreFailed(f"The dump cannot be put back: {reason}") from error
    async with resources.db.begin() as session:
        held = await lease.hold(session)
        held.rows = taken.rows
        dumps.finish(held)
    logger.info("restored", ref=realm.ref, restore_id=row.id, dump_id=taken.id, rows=taken.rows)


async def _back_up(resources: Resources, lease: Lease[Restore], restore_id: str, realm: Realm) -> None:
    """One for each restore: one that is begun again goes on with the dump that it had asked for."""
    dump_id = derived_id("dump", hashlib.sha256(restore_id.encode()).digest())
    backup = await dump(resources, realm, Reason.RESTORE, dump_id=dump_id)
    async with resources.db.begin() as session:
        held = await lease.hold(session)
        held.backup = backup.id


async def _swap(resources: Resources, shard: Shard, realm: Realm, restore_id: str, spool: Spool) -> None:
    """Whoever is at the app's tables has to be done first; who comes later waits and sees the new ones."""
    names = Names(realm.ref)
    patience = Patience(seconds=_SECONDS, lock_seconds=resources.settings.migration_lock_seconds)
    async with realm_transaction(shard, names, patience) as tx:
        await ensure_on_shard(shard, tx.connection, names)
        work = Restoration(tx.connection, names)
        if not await work.begin(restore_id):
            return
        await work.empty(shard.config.admin)
        await _Reader(tx, work, spool).read()
        await work.close_tables()
        await tx.count_up()
        async with resources.db.begin() as session:  # a deletion of the app comes before this, or after it
            if await is_deleted(session, DeletedApp, realm.app_id):
                raise RealmNotFound("The app has been deleted.")
            await tx.commit()


class _Reader:
    """Reads the dump from its first line to its last, which says how many rows there must have been."""

    def __init__(self, tx: RealmTransaction, work: Restoration, spool: Spool) -> None:
        self._tx = tx
        self._work = work
        self._spool = spool
        self._table: TableLine | None = None
        self._rows: list[list[str | None]] = []
        self._counts: dict[str, int] = {}
        self._end: EndLine | None = None

    async def read(self) -> None:
        try:
            async for lines in self._spool.lines():
                for line in await asyncio.to_thread(_decoded, lines):
                    await self._take(line)
        except (OSError, EOFError) as error:
            raise DumpDamaged("The dump ends too early or cannot be decompressed.") from error
        if self._end is None or dict(self._end.rows) != self._counts:
            raise DumpDamaged("The dump has not all the rows that it should.")

    async def _take(self, line: Any) -> None:
        if isinstance(line, list):
            self._rows.append(line)
            if len(self._rows) >= _ROWS:
                await self._flush()
            return
        await self._flush()
        match line:
            case Header():
                await _apply(self._tx, line.migrations)
                await self._work.open_tables()
            case TableLine():
                self._table = line
                self._counts[f"{line.pool}.{line.table}"] = 0
            case SequenceLine():
                await self._work.set_sequence(line)
            case EndLine():
                self._end = line

    async def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if not rows:
            return
        if self._table is None:
            raise DumpDamaged("The dump has rows of no table.")
        self._counts[f"{self._table.pool}.{self._table.table}"] += len(rows)
        await self._work.put(self._table, rows)


def _decoded(lines: Sequence[bytes]) -> list[Any]:
    return [decoded(line) for line in lines]


async def _apply(tx: RealmTransaction, migrations: Sequence[dict[str, Any]]) -> None:
    """The migrations with the names of this realm, which may be another than the dump's."""
    read = await asyncio.to_thread(load, {one["path"]: one["sql"] for one in migrations})
    done = await perform(tx, read)
    if done.blocked:
        first = next(found for found in done.findings if found.message)
        raise RestoreFailed(f"The dump's migrations cannot be applied: {first.file}: {first.message}")
    for one in done.todo:
        await tx.record(Applied(one.number, one.path, one.digest), one.source.sql, None)
