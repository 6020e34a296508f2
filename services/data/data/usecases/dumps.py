"""Dumps of realms: taken from one moment of the database, stored in the bucket, removed in their time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import dump_key
from common.deletion import is_deleted
from common.errors import AppError, Busy
from common.ids import new_id
from common.logging import get_logger
from common.work import Lease, LeaseLost, under_lease
from data.clients import dumping
from data.clients.dumping import IDENTITIES, USERS, Snapshot, snapshot
from data.clients.shard import Shard
from data.clients.spool import Spool
from data.db import dumps, realms
from data.db.models import DeletedApp, Realm
from data.db.records import Dump
from data.domain.dumps import DumpFailed, EndLine, Header, Reason, SequenceLine, TableLine, encoded
from data.domain.realm import Names
from data.errors import RealmNotFound
from data.metrics import DUMPS, DUMPS_BYTES
from data.usecases.resources import Resources
from data.usecases.work import ATTEMPTS, record_failure

_AT_ONCE = 20

logger = get_logger(__name__)


async def request_dump(
    resources: Resources, realm: Realm, reason: Reason, *, dump_id: str | None = None
) -> Dump:
    """The dump with the id, asked for unless it is there already; it is taken in the background."""
    async with resources.db.begin() as session:
        return await _add(resources, session, realm, reason, dump_id)


async def _add(
    resources: Resources, session: AsyncSession, realm: Realm, reason: Reason, dump_id: str | None
) -> Dump:
    settings = resources.settings
    days = settings.scheduled_dumps_keep_days if reason is Reason.SCHEDULED else settings.dumps_keep_days
    if await is_deleted(session, DeletedApp, realm.app_id):
        raise RealmNotFound("The app has been deleted.")
    return await dumps.add(
        session,
        Dump,
        id=dump_id or new_id("dump"),
        ref=realm.ref,
        app_id=realm.app_id,
        environment=realm.environment,
        reason=reason,
        expires_at=dumps.until(timedelta(days=days)),
    )


async def dump(resources: Resources, realm: Realm, reason: Reason, *, dump_id: str | None = None) -> Dump:
    """Takes a dump at once: it is stored when this returns. Raises what keeps it from that.

    With the id of one that is stored already it is that one; if that has failed, another.
    """
    async with resources.db.begin() as session:
        asked = await _add(resources, session, realm, reason, dump_id)
        if asked.state == dumps.DONE:
            return asked
        if asked.state == dumps.FAILED:
            asked = await _add(resources, session, realm, reason, None)
        lease = await dumps.claim_one(session, Dump, asked.id, resources.settings.lease_seconds)
    if lease is None:
        raise Busy("The dump of the database is another's to take.")
    return await take_dump(resources, lease)


async def take_dump(resources: Resources, lease: Lease[Dump]) -> Dump:
    """Takes the dump that the lease is on, and records how that ends; raises what it ends with."""
    async with resources.db.begin() as session:
        row = await lease.hold(session)
        row.attempts += 1
        realm = await realms.find(session, row.ref)
    try:
        return await under_lease(resources.db, lease, _take(resources, lease, row, realm))
    except Exception as error:
        await record_failure(resources.db, lease, error)
        DUMPS.labels(row.reason, "failed").inc()
        raise


async def _take(resources: Resources, lease: Lease[Dump], row: Dump, realm: Realm | None) -> Dump:
    """The object is there before the row says so; without its row it would be removed as a leftover."""
    if realm is None:
        raise RealmNotFound("The database is gone.")
    if row.attempts > ATTEMPTS:
        raise DumpFailed("The dump was begun again and again without coming to an end.")
    shard = resources.shards[realm.shard]
    async with shard.admin() as connection:
        stamp = (await dumping.stamps(connection)).get(realm.ref)
    key = dump_key(row.app_id, row.id)
    with Spool() as spool:
        rows = await _read(shard, Names(realm.ref), spool)
        await spool.close_writing()
        digest, size = await spool.digest(), spool.size
        await resources.objects.upload(key, spool, "application/gzip")
    try:
        async with resources.db.begin() as session:
            held = await lease.hold(session)
            held.stamp, held.bytes, held.digest, held.rows = stamp, size, digest, rows
            dumps.finish(held)
    except LeaseLost:
        await resources.objects.delete(key)  # the app may have been deleted meanwhile
        raise
    DUMPS.labels(row.reason, "done").inc()
    DUMPS_BYTES.inc(size)
    logger.info("dump taken", ref=realm.ref, dump_id=row.id, reason=row.reason, rows=rows, bytes=size)
    return held


async def _read(shard: Shard, names: Names, spool: Spool) -> int:
    """Everything of the realm into the spool; how many rows that is.

    A table that is rewritten or emptied by somebody else looks empty to a transaction that began before.
    Only migrations and restores do that, and they count the schema's version up: then it begins anew.
    """
    async with snapshot(shard, names) as seen:
        version = await seen.version()
        if version is None:
            raise RealmNotFound("There is nothing of the database on its server.", ref=names.ref)
        rows = await _write(seen, spool)
    async with shard.admin() as connection:
        if await dumping.schema_version(connection, names) != version:
            raise DumpFailed("The tables were changed while they were read; the dump is taken again.")
    return rows


async def _write(seen: Snapshot, spool: Spool) -> int:
    """Everything of the realm; how many rows that is."""
    counts: dict[str, int] = {}

    async def put(line: TableLine, rows: AsyncIterator[tuple[int, bytes]]) -> None:
        await spool.write(encoded(line))
        name = f"{line.pool}.{line.table}"
        counts[name] = 0
        async for count, data in rows:
            counts[name] += count
            await spool.write(data)

    await spool.write(encoded(Header(seen.names.ref, utcnow(), tuple(await seen.migrations()))))
    users = (await seen.columns("auth"))[USERS]
    await put(TableLine("auth", USERS, users), seen.users(users))
    identities = tuple(name for name in (await seen.columns("shared"))[IDENTITIES] if name != "realm")
    await put(TableLine("shared", IDENTITIES, identities), seen.identities(identities))
    known = await seen.columns("app")
    for table in await seen.tables():
        if columns := known.get(table.name, ()):
            await put(TableLine("app", table.name, columns), seen.rows(table, columns))
    for name, value, called in await seen.sequences():
        await spool.write(encoded(SequenceLine(name, value, called)))
    await spool.write(encoded(EndLine(counts)))
    return sum(counts.values())


async def schedule_loop(resources: Resources) -> None:
    """Looks again and again what is due."""
    while True:
        await schedule_dumps(resources)
        await asyncio.sleep(resources.settings.measure_seconds)


async def schedule_dumps(resources: Resources) -> None:
    """Asks for a dump of every realm that has changed since its last one was due."""
    every = timedelta(hours=resources.settings.dump_every_hours)
    for shard in resources.shards:
        try:
            async with shard.admin() as connection:
                stamps = await dumping.stamps(connection)
        except AppError as error:
            logger.warning("dumps not scheduled", shard=shard.config.name, reason=error.message)
            continue
        async with resources.db.begin() as session:
            changed = await dumps.due(session, shard.config.name, stamps, every)
        for realm in changed:
            with suppress(RealmNotFound):  # deleted at this moment
                await request_dump(resources, realm, Reason.SCHEDULED)
