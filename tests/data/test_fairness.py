"""One app that keeps all it may busy costs the others nothing but the processor's time."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from data.clients.shares import LEAST, sizes
from tests.data.life import Looked, add_user, looked_at
from tests.data.world import SECONDS, App, World

pytestmark = [pytest.mark.xdist_group("data-life"), pytest.mark.asyncio(loop_scope="session")]

MANY = 30
SLOW = 6
"""Seconds of a statement: longer than anybody waits for a turn, and within what a statement may take."""

NAP = f"""create function nap() returns int language plpgsql volatile as
$$ begin perform pg_sleep({SLOW}); return 1; end $$"""
TRIGGERED = (
    NAP,
    'create table kept (user_id uuid references "{auth}".users (id) on delete cascade)',
    """create function linger() returns trigger language plpgsql as
    $$ begin perform nap(); return old; end $$""",
    "create trigger slow after delete on kept for each row execute function linger()",
)
FILTERED = (
    "create table things (id int)",
    f'create policy slow on things to "{{ref}}_anon" using (pg_sleep({SLOW}) is null)',
    "insert into things values (1)",
)
PLAIN = (
    "create table notes (id int)",
    'create policy see on notes to "{ref}_anon" using (true)',
    "insert into notes values (1)",
)
WITH_FUNCTIONS = (*PLAIN, "create function one() returns int language sql as 'select 1'")


@asynccontextmanager
async def under_way(*requests: Coroutine[Any, Any, httpx.Response]) -> AsyncIterator[list[httpx.Response]]:
    """The answers are there when the block has ended."""
    answers: list[httpx.Response] = []
    async with asyncio.TaskGroup() as together:
        tasks = [together.create_task(request) for request in requests]
        yield answers
    answers += [task.result() for task in tasks]


async def asleep(world: World, gate: str) -> None:
    """Waits until a statement that goes through the gate is under way."""
    query = """select exists (select from pg_stat_activity
        where wait_event = 'PgSleep' and query like '%' || $1 || '%')"""
    async with asyncio.timeout(SECONDS), world.superuser() as connection:
        while not await connection.fetchval(query, gate):
            await asyncio.sleep(0.05)


def ask(http: httpx.AsyncClient, app: App, method: str, target: str) -> Coroutine[Any, Any, httpx.Response]:
    return http.request(method, f"{app.url}/rest/v1/{target}", headers={"apikey": app.key})


def assert_one_had_its_share(answers: list[httpx.Response]) -> None:
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert {answer.status_code for answer in answers} <= {200, 429}


async def assert_served(http: httpx.AsyncClient, others: list[Looked]) -> None:
    for other in others:
        for _ in range(5):
            answer = await ask(http, other.app, "GET", "notes")
            assert (answer.status_code, answer.json()) == (200, [{"id": 1}])
        await other.get("database")


@pytest.mark.parametrize("way", ["functions", "filters", "sql"])
async def test_slow_statements_of_an_app_keep_no_other_waiting(world: World, way: str) -> None:
    greedy = await looked_at(world, FILTERED if way == "filters" else (*WITH_FUNCTIONS, NAP))
    others = [await looked_at(world, statements) for statements in (PLAIN, WITH_FUNCTIONS)]
    async with httpx.AsyncClient(timeout=SECONDS) as http:
        requests = {
            "functions": lambda: ask(http, greedy.app, "POST", "rpc/nap"),
            "filters": lambda: ask(http, greedy.app, "GET", "things"),
            "sql": lambda: greedy.ask("POST", "sql", json={"sql": "select nap()"}),
        }
        async with under_way(*(requests[way]() for _ in range(MANY))) as answers:
            await asleep(world, greedy.app.ref)
            await assert_served(http, others)
    assert_one_had_its_share(answers)


async def test_slow_statements_of_four_apps_keep_no_fifth_waiting(world: World) -> None:
    hostile = [await looked_at(world, (*WITH_FUNCTIONS, NAP)) for _ in range(4)]
    others = [await looked_at(world, WITH_FUNCTIONS)]
    async with httpx.AsyncClient(timeout=SECONDS, limits=httpx.Limits(max_connections=None)) as http:
        requests = (ask(http, greedy.app, "POST", "rpc/nap") for greedy in hostile for _ in range(MANY))
        async with under_way(*requests) as answers:
            for greedy in hostile:
                await asleep(world, greedy.app.ref)
            await assert_served(http, others)
    assert_one_had_its_share(answers)


async def test_slow_triggers_on_removed_users_keep_nobody_from_the_catalog(world: World) -> None:
    greedy = await looked_at(world, TRIGGERED)
    users = [await add_user(world, greedy.app, f"{n}@example.org") for n in range(6)]
    async with world.shard.owner(greedy.app.ref) as owner:
        for user in users:
            await owner.run(f"insert into kept values ('{user}')")
    others = [await looked_at(world, statements) for statements in (PLAIN, WITH_FUNCTIONS)]
    removals = [greedy.ask("DELETE", f"users/{user}") for user in users]
    async with httpx.AsyncClient(timeout=SECONDS) as http, under_way(*removals) as answers:
        await asleep(world, f"{greedy.app.ref}_run")
        await assert_served(http, others)
    assert {answer.status_code for answer in answers} <= {204, 429}


@pytest.mark.parametrize("most", [LEAST, 30, 1000])
async def test_purposes_have_no_more_than_there_is_and_room_for_three_apps_each(most: int) -> None:
    found = sizes(most)
    assert sum(found.values()) == most
    assert min(found["requests"], found["foreign"], found["auth"], found["admin"]) >= 3
