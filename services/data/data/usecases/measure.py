"""Measures shards and realms, adds up what was counted, and tells what was used in each hour."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from common.clock import utcnow
from common.contracts import DataUsageRecorded
from common.deletion import is_deleted
from common.errors import AppError
from common.logging import get_logger
from common.messaging.streams import DATA_USAGE_SUBJECT
from common.work import Lease, claim
from data.clients import stored
from data.clients.shard import Shard
from data.db import realms, usage
from data.db.models import DeletedApp
from data.db.records import ShardLoad
from data.domain.realm import Names, is_ref
from data.metrics import REALMS, REALMS_FULL, SHARD_AWAY, SHARD_USED
from data.usecases.delete_app import drop
from data.usecases.realms import candidates_of
from data.usecases.resources import Resources

_AT_ONCE = 500
_LATE = timedelta(minutes=5)

logger = get_logger(__name__)


async def measure_loop(resources: Resources) -> None:
    """Each replica looks at what all have measured; of several at a time one measures a shard."""
    names = [shard.config.name for shard in resources.shards]
    async with resources.db.begin() as session:
        await usage.ensure_shards(session, names)
    while True:
        for shard in resources.shards:
            try:
                await measure(resources, shard)
            except AppError as error:
                logger.warning("shard not measured", shard=shard.config.name, reason=error.message)
        await _look(resources)
        await asyncio.sleep(resources.settings.measure_seconds)


async def measure(resources: Resources, shard: Shard) -> None:
    """Unless another replica has done so just now."""
    async with resources.db.begin() as session:
        key, seconds = (shard.config.name,), resources.settings.measure_seconds * 0.9
        lease = await claim(session, ShardLoad, key, seconds)
    if lease is None:
        return
    hour = utcnow().replace(minute=0, second=0, microsecond=0)
    try:
        async with shard.admin() as connection:
            load = await stored.load(connection)
            sizes = await stored.sizes(connection)
            active = await stored.active_users(connection, hour)
            there = await stored.realms(connection)
    except AppError:
        await _record_away(resources, lease)
        raise
    async with resources.db.begin() as session:
        row = await lease.hold(session)
        row.tables, row.bytes = load["tables"], load["bytes"]
        row.connections, row.max_connections = load["connections"], load["most"]
        row.measured_at, row.away_since = utcnow(), None
        refs = [realm.ref for realm in await realms.of_shard(session, shard.config.name)]
        found = [usage.Measured(ref, active.get(ref, 0), _size(sizes, ref)) for ref in refs]
        await usage.measure(session, hour, found)
        strangers = [Names(ref) for ref in there if is_ref(ref) and ref not in set(refs)]
        ended = [names for names in strangers if await is_deleted(session, DeletedApp, names.app_id)]
    for names in ended:
        # Whoever had begun to make it when the app was removed has made it after that.
        logger.warning("realm of a deleted app removed", ref=names.ref)
        await drop(shard, names)


async def _record_away(resources: Resources, lease: Lease[ShardLoad]) -> None:
    async with resources.db.begin() as session:
        row = await lease.hold(session)
        row.away_since = row.away_since or utcnow()


def _size(sizes: Mapping[str, int], ref: str) -> int:
    names = Names(ref)
    return sizes.get(names.schema, 0) + sizes.get(names.auth_schema, 0)


async def _look(resources: Resources) -> None:
    async with resources.db.begin() as session:
        counts = await realms.per_shard(session)
        candidates = candidates_of(resources.shards, await usage.loads(session), counts)
        full = await usage.full(session, resources.settings.app_max_bytes)
    resources.allowance.full = full
    REALMS_FULL.set(len(full))
    for one in candidates:
        REALMS.labels(one.name).set(one.realms)
        SHARD_USED.labels(one.name).set(one.fullness)
        SHARD_AWAY.labels(one.name).set(one.away)


async def usage_loop(resources: Resources) -> None:
    """Adds up what this replica has counted, at its end too, and tells of the hours that are over."""
    try:
        while True:
            await asyncio.sleep(min(resources.settings.measure_seconds, 60.0))
            await add_up(resources)
            await tell(resources, utcnow() - _LATE)
    finally:
        await asyncio.shield(add_up(resources))


async def add_up(resources: Resources) -> None:
    """What cannot be added now is counted on."""
    meter = resources.allowance.meter
    taken = meter.take()
    if not taken:
        return
    hour = utcnow().replace(minute=0, second=0, microsecond=0)
    try:
        async with resources.db.begin() as session:
            await usage.add(session, hour, taken)
    except AppError:
        meter.give_back(taken)
        raise


async def tell(resources: Resources, before: datetime) -> None:
    """An event for every realm and hour that was over by then, each once."""
    told = _AT_ONCE
    while told == _AT_ONCE:
        async with resources.db.begin() as session:
            rows = await usage.untold(session, before, _AT_ONCE)
            for row, realm in rows:
                row.told_at = utcnow()
                event = DataUsageRecorded(
                    app_id=realm.app_id,
                    environment=realm.environment,
                    hour=row.hour,
                    requests=row.requests,
                    rows=row.rows,
                    bytes_out=row.bytes_out,
                    active_users=row.active_users,
                    storage_bytes=row.storage_bytes,
                )
                resources.outbox.add(session, DATA_USAGE_SUBJECT, event)
        told = len(rows)
