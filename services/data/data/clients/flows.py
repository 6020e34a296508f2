"""Sign-ins at providers that are on their way, on a realm's shard. Transactions are the caller's."""

from collections.abc import Iterator
from typing import Any

from data.domain.auth.flows import FLOW_SECONDS, Flow
from data.domain.realm import PLATFORM


def flow_statements(login: str) -> Iterator[str]:
    """What a shard needs once, for the quoted login; all of it may be repeated."""
    yield (
        f"CREATE TABLE IF NOT EXISTS {PLATFORM}.flows (state_hash bytea PRIMARY KEY, "
        f"realm text NOT NULL REFERENCES {PLATFORM}.realms ON DELETE CASCADE, provider text NOT NULL, "
        "nonce text NOT NULL, verifier text NOT NULL, redirect_to text NOT NULL, challenge text, "
        "challenge_method text, browser bytea, user_id uuid, expires_at timestamptz NOT NULL)"
    )
    for column in ("expires_at", "realm"):
        yield f"CREATE INDEX IF NOT EXISTS ix_flows_{column} ON {PLATFORM}.flows ({column})"
    yield f"GRANT SELECT, INSERT, DELETE ON {PLATFORM}.flows TO {login}"


async def put_flow(connection: Any, realm: str, state_hash: bytes, flow: Flow) -> None:
    """Remembers the flow for FLOW_SECONDS."""
    await connection.execute(
        f"INSERT INTO {PLATFORM}.flows VALUES "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11))",
        state_hash,
        realm,
        flow.provider,
        flow.nonce,
        flow.verifier,
        flow.redirect_to,
        *(flow.challenge or (None, None)),
        flow.browser,
        flow.user_id,
        FLOW_SECONDS,
    )


async def take_flow(connection: Any, realm: str, state_hash: bytes) -> Flow | None:
    """The realm's flow, which nobody can take again; None when there is none, or it is too old."""
    row = await connection.fetchrow(
        f"DELETE FROM {PLATFORM}.flows WHERE state_hash = $1 AND realm = $2 "
        "RETURNING *, expires_at > now() AS in_time",
        state_hash,
        realm,
    )
    if row is None or not row["in_time"]:
        return None
    return Flow(
        provider=row["provider"],
        nonce=row["nonce"],
        verifier=row["verifier"],
        redirect_to=row["redirect_to"],
        challenge=None if row["challenge"] is None else (row["challenge"], row["challenge_method"]),
        browser=row["browser"],
        user_id=None if row["user_id"] is None else str(row["user_id"]),
    )


async def sweep_flows(connection: Any, most: int = 10_000) -> int:
    """Removes what nobody came back for; how many rows that were."""
    status: str = await connection.execute(
        f"DELETE FROM {PLATFORM}.flows WHERE ctid = ANY(ARRAY("
        f"SELECT ctid FROM {PLATFORM}.flows WHERE expires_at < now() LIMIT $1))",
        most,
    )
    return int(status.rpartition(" ")[2])
