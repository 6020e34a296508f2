"""A realm's transaction for migrations: tried again where live traffic was in the way."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import asyncpg

from data.clients.realm_transaction import Patience, RealmTransaction, realm_transaction
from data.clients.shard import Shard
from data.domain.migrations import blocked, oversized
from data.domain.realm import Names
from data.domain.sql.findings import Finding
from data.domain.sql.parse import Migration, load
from data.domain.sql.review import review
from data.errors import MigrationBusy, MigrationSlow
from data.usecases.realms import ensure_on_shard

_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 2.0

T = TypeVar("T")


async def read(files: Mapping[str, str]) -> tuple[Sequence[Migration], Sequence[Finding]]:
    """The files in their order, and everything that can be said of them without a database."""
    return await asyncio.to_thread(_read, files)


def _read(files: Mapping[str, str]) -> tuple[Sequence[Migration], Sequence[Finding]]:
    migrations = load(files)
    findings = oversized(migrations) or [one for migration in migrations for one in migration.findings]
    return migrations, findings if blocked(findings) else [*findings, *review(migrations)]


async def in_transaction(
    patience: Patience, shard: Shard, names: Names, work: Callable[[RealmTransaction], Awaitable[T]]
) -> T:
    """Does `work` in a transaction of the realm, which is made if it is missing and locked meanwhile.

    It is kept if `work` says so. Whoever waits for a lock has all that come later wait behind: such a wait is
    short, and all is tried again, with pauses in which those behind are served. Raises MigrationBusy,
    MigrationSlow and ShardAway.
    """
    try:
        async with asyncio.timeout(patience.seconds):
            return await _tried(patience, shard, names, work)
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        raise MigrationSlow(
            f"The migrations take longer than {patience.seconds:g} seconds; do less in one of them."
        ) from error


async def _tried(
    patience: Patience, shard: Shard, names: Names, work: Callable[[RealmTransaction], Awaitable[T]]
) -> T:
    now, pause = asyncio.get_running_loop().time, _FIRST_PAUSE_SECONDS
    until = now() + patience.again_seconds
    while True:
        try:
            async with realm_transaction(shard, names, patience) as tx:
                await ensure_on_shard(shard, tx.connection, names)
                return await work(tx)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if now() >= until:
                raise MigrationBusy(
                    "The app's tables are in use by long queries; nothing was changed. Try again shortly.",
                    retry_after=pause,
                ) from error
        await asyncio.sleep(pause * (1 + random.random()))  # so that two do not meet again
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
