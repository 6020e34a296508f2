"""Killing the service or a process of PostgreSQL within a piece of work that stands still."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import pytest
from asyncpg.exceptions import PostgresError

from tests.data.world import SECONDS, World

Kill = Callable[[World, asyncpg.Connection], Awaitable[None]]


async def kill_service(world: World, _: asyncpg.Connection) -> None:
    await world.stack.kill("data", signal.SIGKILL)


async def kill_backend(world: World, holder: asyncpg.Connection) -> None:
    """One process that waits for the holder. PostgreSQL ends all others and recovers from its log."""
    async with world.superuser() as connection:
        os.kill((await blocked(connection, holder))[0], signal.SIGKILL)


KILLS = pytest.mark.parametrize("kill", [kill_service, kill_backend])


async def blocked(
    connection: asyncpg.Connection, holder: asyncpg.Connection, least: int = 1
) -> Sequence[int]:
    """The processes that wait for what the holder has locked, once there are so many."""
    query = "SELECT pid FROM pg_stat_activity WHERE $1::int = ANY(pg_blocking_pids(pid))"
    async with asyncio.timeout(SECONDS):
        while True:
            found = await connection.fetch(query, holder.get_server_pid())
            if len(found) >= least:
                return [int(row["pid"]) for row in found]
            await asyncio.sleep(0.02)


async def quiet(world: World, kill: Kill) -> None:
    """After a kill of the service nothing goes on at the shard; PostgreSQL serves again."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'overskill-data-alone'"
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                async with world.superuser() as connection:
                    if kill is kill_backend or await connection.fetchval(query) == 0:
                        return
            except (OSError, PostgresError):
                pass
            await asyncio.sleep(0.05)
