"""Hears Postgres' notifications of new events, on a connection of its own."""

import asyncio
from collections.abc import Callable

import asyncpg
from asyncpg.exceptions import PostgresError
from pydantic import SecretStr

from common.errors import Unavailable
from orchestrator.db.events import CHANNEL


async def listen(url: SecretStr, heard: Callable[[str | None], None]) -> None:
    """Calls `heard` with the id of every app that has new events, with None after (re)connecting.

    Returns when the connection is lost.
    """
    try:
        connection = await asyncpg.connect(url.get_secret_value(), timeout=5)
    except (OSError, PostgresError) as error:
        raise Unavailable("The database cannot be reached to listen for events.") from error
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, app_id: heard(app_id))
        heard(None)
        await lost.wait()
    finally:
        await connection.close(timeout=2)
