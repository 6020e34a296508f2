"""The event log of an app, and the signal that wakes those who follow it."""

from collections.abc import Sequence

from sqlalchemy import DateTime, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import AppEvent
from orchestrator.db.models import Event
from orchestrator.domain.text import storable_json

CHANNEL = "orchestrator_events"
"""Postgres notifies on it, after the commit, the id of every app that has new events."""


# The row lock on the app orders its events by commit; one statement saves three round trips.
_APPEND = text(
    """
    WITH app AS (
        UPDATE apps SET event_seq = event_seq + 1 WHERE id = :app_id RETURNING event_seq
    ), event AS (
        INSERT INTO events (app_id, seq, type, run_id, data, created_at)
        SELECT :app_id, app.event_seq, :type, :run_id, :data, :created_at FROM app
    )
    SELECT pg_notify(:channel, :app_id) FROM app
    """
).bindparams(bindparam("data", type_=JSONB), bindparam("created_at", type_=DateTime(timezone=True)))


async def append(session: AsyncSession, app_id: str, event: AppEvent) -> None:
    """Adds an event to the app's in the caller's transaction."""
    await session.flush()
    data = storable_json(event.model_dump(mode="json", exclude={"type", "run_id", "at"}))
    values = {"type": event.type, "run_id": event.run_id, "created_at": event.at, "data": data}
    await session.execute(_APPEND, {"app_id": app_id, **values, "channel": CHANNEL})


async def read_newest(session: AsyncSession, app_id: str, *, limit: int) -> Sequence[Event]:
    """The app's last events, in order."""
    query = select(Event).where(Event.app_id == app_id).order_by(Event.seq.desc()).limit(limit)
    return (await session.scalars(query)).all()[::-1]


async def read(session: AsyncSession, app_id: str, *, after: int, limit: int) -> Sequence[Event]:
    query = select(Event).where(Event.app_id == app_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return (await session.scalars(query)).all()
