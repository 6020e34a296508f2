"""Rows of realms that wait on a shard, `mails` and `mail_requests`, and whose turn it is."""

from collections.abc import Sequence
from typing import Any

from data.domain.realm import PLATFORM


async def claim_due(
    connection: Any, table: str, columns: str, *, count: int, each: int, lease_seconds: float
) -> Sequence[Any]:
    """What is due, of every realm the oldest first, so that none waits for all that another has asked for;
    of one realm `each` at most. Nobody else gets it during the lease, which doubles with each attempt.
    """
    rows: Sequence[Any] = await connection.fetch(
        f"UPDATE {PLATFORM}.{table} SET attempts = attempts + 1, "
        "due_at = now() + make_interval(secs => $2) * power(2, attempts) WHERE id IN ("
        f"SELECT due.id FROM {PLATFORM}.{table} AS due JOIN ("
        "SELECT id, row_number() OVER (PARTITION BY realm ORDER BY due_at) AS place "
        f"FROM {PLATFORM}.{table} WHERE due_at <= now()) AS turn ON turn.id = due.id AND turn.place <= $3 "
        "WHERE due.due_at <= now() ORDER BY turn.place, due.due_at LIMIT $1 "
        f"FOR UPDATE OF due SKIP LOCKED) RETURNING {columns}",
        count,
        lease_seconds,
        each,
    )
    return rows
