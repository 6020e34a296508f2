"""How often somebody has tried, kept on the shard, so that all replicas count together.

A row tells when the next attempt would be free if they came evenly; it needs no history and no clean-up to be
right (the generic cell rate algorithm of ATM, I.371).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from data.domain.auth.limits import Allowance
from data.domain.realm import PLATFORM

_TAKE = f"""
INSERT INTO {PLATFORM}.attempts AS kept (realm, key, free_at)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (realm, key) DO UPDATE
SET free_at = greatest(kept.free_at, clock_timestamp()) + make_interval(secs => $3)
WHERE greatest(kept.free_at, clock_timestamp()) <= clock_timestamp()
  + make_interval(secs => $3 * ($4::int - 1))
RETURNING true"""  # a constant of ours
_WAIT = f"""
SELECT extract(epoch FROM free_at - clock_timestamp())::float8 - $3::float8 * ($4::int - 1)
FROM {PLATFORM}.attempts WHERE realm = $1 AND key = $2"""


def limit_statements(login: str) -> Iterator[str]:
    """What a shard needs once, for the quoted login; all of it may be repeated.

    The table is unlogged: a crash of the database gives everybody their attempts back, and nothing is written
    twice until then.
    """
    yield (
        f"CREATE UNLOGGED TABLE IF NOT EXISTS {PLATFORM}.attempts ("
        "realm text NOT NULL, key bytea NOT NULL, free_at timestamptz NOT NULL, PRIMARY KEY (realm, key)"
        ") WITH (fillfactor = 70)"
    )
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {PLATFORM}.attempts TO {login}"


async def take(connection: Any, realm: str, allowances: Sequence[Allowance]) -> float:
    """Counts an attempt against each; 0, or the seconds until the first that is used up allows one more.

    `connection` is of the shard's auth login, in a transaction that must commit in any case.
    """
    for allowance in allowances:
        size = allowance.pause, allowance.burst
        if await connection.fetchval(_TAKE, realm, allowance.key, *size):
            continue
        if not allowance.reserve or await take(connection, realm, allowance.reserve):
            wait = await connection.fetchval(_WAIT, realm, allowance.key, *size)
            return max(1.0, wait or 0.0)
    return 0.0


async def give_back(connection: Any, realm: str, allowances: Sequence[Allowance]) -> None:
    """Forgets the attempts: what was tried has succeeded."""
    await connection.execute(
        f"DELETE FROM {PLATFORM}.attempts WHERE realm = $1 AND key = ANY($2)",
        realm,
        [allowance.key for allowance in allowances],
    )


async def sweep_attempts(connection: Any, most: int = 10_000) -> int:
    """Removes what no longer limits anybody; how many rows that were."""
    status: str = await connection.execute(
        f"DELETE FROM {PLATFORM}.attempts WHERE ctid = ANY(ARRAY("
        f"SELECT ctid FROM {PLATFORM}.attempts WHERE free_at < clock_timestamp() LIMIT $1))",
        most,
    )
    return int(status.rpartition(" ")[2])
