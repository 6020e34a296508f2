"""How often somebody may try, counted in the database for all replicas together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from data.clients.limits import give_back, limit_statements, sweep_attempts, take
from data.domain.auth.limits import Allowance

NEVER = 10.0**8
"""Seconds over which an allowance comes back that does not within a test."""

FEW = Allowance(b"few", 3, NEVER)
MANY = Allowance(b"many", 10, NEVER)


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(postgres_url, min_size=1, max_size=8) as pool:
        await pool.execute("DROP SCHEMA IF EXISTS overskill_auth CASCADE; CREATE SCHEMA overskill_auth")
        for _ in range(2):
            for statement in limit_statements("CURRENT_USER"):
                await pool.execute(statement)
        yield pool


async def attempt(pool: Any, *allowances: Allowance, realm: str = "app_a") -> float:
    async with pool.acquire() as connection, connection.transaction():
        return await take(connection, realm, allowances)


async def test_so_many_are_let_through_and_no_more(pool: Any) -> None:
    assert [await attempt(pool, FEW) for _ in range(3)] == [0, 0, 0]
    wait = await attempt(pool, FEW)
    assert NEVER / 3 - 1000 < wait <= NEVER / 3


async def test_being_refused_does_not_make_the_wait_longer(pool: Any) -> None:
    waits = [await attempt(pool, FEW) for _ in range(8)][3:]
    assert waits == sorted(waits, reverse=True)


async def test_many_at_once_are_counted_one_by_one(pool: Any) -> None:
    waits = await asyncio.gather(*(attempt(pool, FEW, MANY) for _ in range(20)))
    assert waits.count(0) == 3


async def test_what_is_used_up_comes_back(pool: Any) -> None:
    quick = Allowance(b"quick", 2, 0.02)
    while not await attempt(pool, quick):
        pass
    async with asyncio.timeout(30):
        while await attempt(pool, quick):
            pass


async def test_apps_and_keys_do_not_count_for_each_other(pool: Any) -> None:
    for _ in range(4):
        await attempt(pool, FEW)
    assert await attempt(pool, FEW, realm="app_b") == 0
    assert await attempt(pool, MANY) == 0


async def test_a_reserve_lets_through_when_all_else_is_used_up(pool: Any) -> None:
    def allowance(whose: bytes) -> Allowance:
        return Allowance(b"all", 2, NEVER, (Allowance(whose, 1, NEVER), Allowance(b"reserve", 2, NEVER)))

    waits = [await attempt(pool, allowance(whose)) for whose in (b"a", b"a", b"a", b"a", b"b", b"c")]
    assert [wait == 0 for wait in waits] == [True, True, True, False, True, False]
    assert NEVER / 2 - 1000 < waits[-1] <= NEVER / 2


async def test_what_has_succeeded_is_forgotten(pool: Any) -> None:
    for _ in range(4):
        await attempt(pool, FEW, MANY)
    async with pool.acquire() as connection:
        await give_back(connection, "app_a", [FEW])
    assert await attempt(pool, FEW) == 0


async def test_what_limits_nobody_any_more_is_removed(pool: Any) -> None:
    await attempt(pool, FEW)
    await attempt(pool, Allowance(b"past", 1, 0.001))
    async with pool.acquire() as connection:
        async with asyncio.timeout(30):
            while not await sweep_attempts(connection):
                pass
        assert [row["key"] for row in await connection.fetch("SELECT key FROM overskill_auth.attempts")] == [
            b"few"
        ]
