"""Listening to Postgres: what `pg_notify` says in a transaction reaches every listener after its commit."""

import asyncio
from collections.abc import Callable

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError
from pydantic import SecretStr

from common.errors import Unavailable


async def listen(
    url: SecretStr,
    channel: str,
    heard: Callable[[str | None], None],
    *,
    check_seconds: float = 15.0,
    answer_seconds: float = 5.0,
) -> None:
    """Calls `heard` with the text of every notification on the channel, with None after (re)connecting.

    Holds a connection of its own, and returns when that is lost; raises Unavailable when its other end no
    longer answers, which is asked every `check_seconds`: a connection that only listens would never notice.
    """
    try:
        connection = await asyncpg.connect(url.get_secret_value(), timeout=5)
    except (OSError, PostgresError) as error:
        raise Unavailable("The database cannot be reached to listen.") from error
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(channel, lambda _connection, _pid, _channel, payload: heard(payload))
        heard(None)
        while not await _happens(lost, check_seconds):
            await connection.execute("SELECT 1", timeout=answer_seconds)
    except (OSError, TimeoutError, InterfaceError, PostgresError) as error:
        raise Unavailable("The database no longer answers the listener.") from error
    finally:
        connection.terminate()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
