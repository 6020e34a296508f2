"""What sign-in no longer needs on a shard is removed, a batch a transaction."""

import asyncio

from common.errors import AppError
from common.logging import get_logger
from common.metrics import RETENTION_REMOVED
from data.clients.flows import sweep_flows
from data.clients.limits import sweep_attempts
from data.clients.shard import Shard
from data.domain.realm import PLATFORM

BATCH = 1000
_PAUSE_SECONDS = 3600.0

WORTHLESS = {
    "one_time_tokens": "expires_at < now()",
    "auth_codes": "expires_at < now()",
    # Only long used: one that comes again after that is merely unknown.
    "refresh_tokens": "used_at < now() - interval '30 days'",
    "sessions": "refreshed_at < now() - interval '180 days'",
    "sign_ups": "created_at < now() - interval '30 days'",
    "mail_requests": "created_at < now() - interval '1 day'",
    "mails": "created_at < now() - interval '1 day'",
}
"""By table. A mail that old holds a link that is good for nothing."""

logger = get_logger(__name__)


async def sweep(shard: Shard) -> None:
    """Removes once all that is worthless. Raises ShardAway."""
    for table, condition in WORTHLESS.items():
        removed = BATCH
        while removed == BATCH:
            async with shard.auth() as connection:
                status = await connection.execute(
                    f"DELETE FROM {PLATFORM}.{table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM "
                    f"{PLATFORM}.{table} WHERE {condition} LIMIT $1 FOR UPDATE SKIP LOCKED))",
                    BATCH,
                )
            removed = int(status.rpartition(" ")[2])
            RETENTION_REMOVED.labels(table).inc(removed)
    async with shard.auth() as connection:
        await sweep_attempts(connection)
        await sweep_flows(connection)


async def sweep_loop(shard: Shard) -> None:
    """Does so once an hour."""
    while True:
        try:
            await sweep(shard)
        except AppError as error:
            logger.warning("sweep interrupted", shard=shard.config.name, reason=error.message)
        await asyncio.sleep(_PAUSE_SECONDS)
