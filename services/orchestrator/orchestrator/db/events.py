"""The event log of an app, and the signal that wakes those who follow it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.models import Event
from orchestrator.db.storable import storable_json

CHANNEL = "orchestrator_events"
"""Postgres notifies on it, after the commit, the id of every app that has new events."""

# The row lock on the app orders its events by commit; one statement saves three round trips.
_APPEND = text(
    """
    WITH app AS (
        UPDATE apps SET event_seq = event_seq + 1 WHERE id = :app_id RETURNING event_seq
    ), event AS (
        INSERT INTO events (app_id, seq, type, run_id, data)
        SELECT :app_id, app.event_seq, :type, :run_id, :data FROM app
    )
    SELECT pg_notify(:channel, :app_id) FROM app
    """
).bindparams(bindparam("data", type_=JSONB))


async def append(
    session: AsyncSession,
    *,
    app_id: str,
    kind: str,
    data: dict[str, Any],
    run_id: str | None = None,
) -> None:
    """Adds an event of type `kind` in the caller's transaction."""
    await session.flush()
    values = {"app_id": app_id, "type": kind, "run_id": run_id, "data": storable_json(data)}
    await session.execute(_APPEND, {**values, "channel": CHANNEL})


async def read(session: AsyncSession, app_id: str, *, after: int, limit: int) -> Sequence[Event]:
    query = select(Event).where(Event.app_id == app_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return (await session.scalars(query)).all()
