"""What people have asked to be sent by mail, until it is decided whether anything is.

Asking writes the same row whether or not somebody has the address, so that neither the answer nor the time it
takes tells. Transactions are the caller's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from data.clients.due import claim_due
from data.domain.auth.mails import MailKind
from data.domain.realm import PLATFORM

_COLUMNS = "kind, address, user_id, metadata, challenge, challenge_method, redirect_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRequest:
    """A mail of the kind for whose address it is, or for the user `user_id` where it is certain who asks.

    `metadata` is what who has no account yet says of themselves; None when nobody is to be signed up.
    `challenge`: PKCE's, with its method.
    """

    kind: MailKind
    address: str
    user_id: str | None = None
    metadata: Mapping[str, Any] | None = None
    challenge: tuple[str, str] | None = None
    redirect_to: str


@dataclass(frozen=True, slots=True)
class DueRequest:
    """A request that waits, and the realm that it is of."""

    id: UUID
    realm: str


async def put_request(connection: Any, ref: str, request: MailRequest) -> None:
    """Has the request looked at once the transaction is committed."""
    await connection.execute(
        f"INSERT INTO {PLATFORM}.mail_requests (realm, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ref,
        request.kind.value,
        request.address,
        request.user_id,
        None if request.metadata is None else json.dumps(request.metadata),
        *(request.challenge or (None, None)),
        request.redirect_to,
    )


async def claim_requests(
    connection: Any, count: int, each: int, lease_seconds: float
) -> Sequence[DueRequest]:
    """Requests that are due, by `claim_due`; those of a realm in the order in which they were made."""
    rows = await claim_due(
        connection,
        "mail_requests",
        "id, realm, created_at",
        count=count,
        each=each,
        lease_seconds=lease_seconds,
    )
    return [DueRequest(row["id"], row["realm"]) for row in sorted(rows, key=lambda row: row["created_at"])]


async def take_request(connection: Any, due: DueRequest) -> MailRequest | None:
    """The request, which is gone once the transaction is committed; None when somebody was faster."""
    row = await connection.fetchrow(
        f"DELETE FROM {PLATFORM}.mail_requests WHERE id = $1 RETURNING {_COLUMNS}", due.id
    )
    if row is None:
        return None
    return MailRequest(
        kind=MailKind(row["kind"]),
        address=row["address"],
        user_id=None if row["user_id"] is None else str(row["user_id"]),
        metadata=None if row["metadata"] is None else json.loads(row["metadata"]),
        challenge=None if row["challenge"] is None else (row["challenge"], row["challenge_method"]),
        redirect_to=row["redirect_to"],
    )
