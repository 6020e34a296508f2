"""The event log of an app, and the signal that wakes those who follow it."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError
from pydantic import SecretStr
from sqlalchemy import DateTime, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import AppEvent
from common.errors import Unavailable
from orchestrator.db.models import Event
from orchestrator.domain.text import storable_json

_CHANNEL = "orchestrator_events"
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
    await session.execute(_APPEND, {"app_id": app_id, **values, "channel": _CHANNEL})


async def read_newest(session: AsyncSession, app_id: str, *, limit: int) -> Sequence[Event]:
    """The app's last events, in order."""
    query = select(Event).where(Event.app_id == app_id).order_by(Event.seq.desc()).limit(limit)
    return (await session.scalars(query)).all()[::-1]


async def read(session: AsyncSession, app_id: str, *, after: int, limit: int) -> Sequence[Event]:
    query = select(Event).where(Event.app_id == app_id, Event.seq > after).order_by(Event.seq).limit(limit)
    return (await session.scalars(query)).all()


async def listen(
    url: SecretStr,
    heard: Callable[[str | None], None],
    *,
    check_seconds: float = 15.0,
    answer_seconds: float = 5.0,
) -> None:
    """Calls `heard` with the id of every app that has new events, with None after (re)connecting.

    Holds a connection of its own, and returns when that is lost; raises Unavailable when its other end no
    longer answers, which is asked every `check_seconds`: a connection that only listens would never notice.
    """
    try:
        connection = await asyncpg.connect(url.get_secret_value(), timeout=5)
    except (OSError, PostgresError) as error:
        raise Unavailable("The database cannot be reached to listen for events.") from error
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(_CHANNEL, lambda _connection, _pid, _channel, app_id: heard(app_id))
        heard(None)
        while not await _happens(lost, check_seconds):
            await connection.execute("SELECT 1", timeout=answer_seconds)
    except (OSError, TimeoutError, InterfaceError, PostgresError) as error:
        raise Unavailable("The database no longer answers the listener for events.") from error
    finally:
        connection.terminate()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
