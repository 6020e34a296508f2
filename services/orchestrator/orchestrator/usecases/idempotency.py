"""Idempotency keys: the same request twice has one effect and one answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from orchestrator.db import idempotency as store
from orchestrator.db.models import IdempotentRequest
from orchestrator.errors import IdempotencyConflict


def fingerprint(operation: str, body: object) -> str:
    """Tells one request from another that comes with the same key."""
    return hashlib.sha256(f"{operation}\n{json.dumps(body, sort_keys=True)}".encode()).hexdigest()


@dataclass(frozen=True)
class Idempotency:
    """A request's key, if it has one, and how its result is presented as the answer."""

    team_id: str
    key: str | None
    fingerprint: str
    present: Callable[..., dict[str, Any]]

    async def earlier_answer(self, session: AsyncSession) -> dict[str, Any] | None:
        """The answer given before, or None when the request has to be carried out in this transaction.

        Raises IdempotencyConflict when the key was used with another request.
        """
        if self.key is None:
            return None
        earlier = await store.claim(session, team_id=self.team_id, key=self.key, fingerprint=self.fingerprint)
        return self._answer_of(earlier)

    async def known_answer(self, db: Database) -> dict[str, Any] | None:
        """Likewise, without claiming the key: for requests that first ask other services.

        A repeated one is then answered although those are away.
        """
        if self.key is None:
            return None
        async with db.begin() as session:
            return self._answer_of(await store.find(session, team_id=self.team_id, key=self.key))

    def _answer_of(self, earlier: IdempotentRequest | None) -> dict[str, Any] | None:
        if earlier is None:
            return None
        if earlier.fingerprint != self.fingerprint:
            message = "This Idempotency-Key was used with another request; use a new key for a new request."
            raise IdempotencyConflict(message)
        return earlier.answer

    async def answer(self, session: AsyncSession, **result: Any) -> dict[str, Any]:
        """Presents the result and keeps it for the same request's next time."""
        presented = self.present(**result)
        if self.key is not None:
            await store.store(session, team_id=self.team_id, key=self.key, answer=presented)
        return presented
