"""What each of the data service's tables keeps, and how long dumps lie in the bucket."""

from collections.abc import AsyncIterator
from datetime import timedelta

from common import deletion
from common.clock import utcnow
from common.contracts import DUMPS, dump_key
from common.database import Database
from common.messaging import outbox
from common.objects import ObjectStore
from common.retention import Removal, Rule, older_than
from data.db import dumps
from data.db.models import DeletedApp, Outbox
from data.db.records import Restore, Usage

_AT_ONCE = 50
_UNFINISHED = timedelta(hours=6)  # longer than a dump takes from its first byte in the bucket to its row


def rules(objects: ObjectStore, *, restores: timedelta, usage: timedelta) -> dict[str, Rule]:
    """By table, and one of the bucket."""
    return {
        "realms": Rule("as long as its app"),
        "dumps": Rule(
            "SCHEDULED_DUMPS_KEEP_DAYS or DUMPS_KEEP_DAYS; the newest of a database as long as its app",
            _expired(objects),
        ),
        DUMPS: Rule("as long as its row", _orphans(objects)),
        "restores": Rule(
            "RESTORES_KEEP_DAYS after its end, not longer than its app",
            older_than(Restore, Restore.finished_at, restores),
        ),
        "usage": Rule("USAGE_KEEP_DAYS, not longer than its app", older_than(Usage, Usage.hour, usage)),
        "shards": Rule("one row for each database of apps"),
        "deleted_apps": Rule("8 days", older_than(DeletedApp, DeletedApp.deleted_at, deletion.KEEP)),
        "outbox": Rule(
            "until NATS has the message; 30 days what NATS refuses",
            older_than(Outbox, Outbox.failed_at, outbox.KEEP_DEAD),
        ),
    }


def _expired(objects: ObjectStore) -> Removal:
    """The object goes before the row."""

    async def remove(db: Database) -> AsyncIterator[int]:
        removed = _AT_ONCE
        while removed == _AT_ONCE:
            async with db.begin() as session:
                expired = await dumps.expired(session, _AT_ONCE)
                await objects.delete_all([dump_key(row.app_id, row.id) for row in expired])
                for row in expired:
                    await session.delete(row)
            removed = len(expired)
            yield removed

    return remove


def _orphans(objects: ObjectStore) -> Removal:
    """Objects whose row is gone, or that were stored by somebody who ended before the row said so."""

    async def remove(db: Database) -> AsyncIterator[int]:
        async for page in objects.entries(DUMPS):
            old = {entry.key for entry in page if utcnow() - entry.modified > _UNFINISHED}
            ids = {key: key.rpartition("/")[2].removesuffix(".jsonl.gz") for key in old}
            async with db.begin() as session:
                known = await dumps.known(session, sorted(ids.values()))
            orphans = sorted(key for key, dump_id in ids.items() if dump_id not in known)
            await objects.delete_all(orphans)
            yield len(orphans)

    return remove
