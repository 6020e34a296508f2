"""With which passwords somebody has signed up for an address that a mail has to prove, whoever has it.

They are kept apart from the users, so that they are the same for an address that is taken: what is asked here
tells nothing. Transactions are the caller's.
"""

from collections.abc import Collection
from typing import Any

from data.domain.realm import PLATFORM

_MOST = 1000


async def put_sign_up(connection: Any, ref: str, address: str, password_hash: str) -> None:
    """Keeps it once for each password, whose hashes for the address have the same salt."""
    await connection.execute(
        f"INSERT INTO {PLATFORM}.sign_ups (realm, address, password_hash) VALUES ($1, $2, $3) "
        "ON CONFLICT (realm, address, password_hash) DO UPDATE SET created_at = now()",
        ref,
        address,
        password_hash,
    )


async def sign_ups_of(connection: Any, ref: str, address: str) -> Collection[str]:
    """The hashes of the passwords."""
    rows = await connection.fetch(
        f"SELECT password_hash FROM {PLATFORM}.sign_ups WHERE realm = $1 AND address = $2 LIMIT $3",
        ref,
        address,
        _MOST,
    )
    return [row["password_hash"] for row in rows]


async def drop_sign_ups(connection: Any, ref: str, address: str) -> None:
    """Forgets them: the address is proved, or its user is gone."""
    await connection.execute(
        f"DELETE FROM {PLATFORM}.sign_ups WHERE realm = $1 AND address = $2", ref, address
    )
