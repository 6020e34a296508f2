"""Answers kept for requests that came with an Idempotency-Key."""

from datetime import timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.models import IdempotentRequest

KEEP = timedelta(hours=24)


async def claim(
    session: AsyncSession, *, team_id: str, key: str, fingerprint: str
) -> IdempotentRequest | None:
    """None when this request is the first with its key; waits for one that is being worked on."""
    values = {"team_id": team_id, "key": key, "fingerprint": fingerprint}
    statement = insert(IdempotentRequest).values(values).on_conflict_do_nothing()
    if (await session.execute(statement.returning(IdempotentRequest.key))).first() is not None:
        return None
    return await session.get_one(IdempotentRequest, (team_id, key))


async def find(session: AsyncSession, *, team_id: str, key: str) -> IdempotentRequest | None:
    return await session.get(IdempotentRequest, (team_id, key))


async def store(session: AsyncSession, *, team_id: str, key: str, answer: dict[str, Any]) -> None:
    row = await find(session, team_id=team_id, key=key)
    if row is not None:
        row.answer = answer
