"""A team that asks for much at once waits for itself, and keeps nobody else out."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from httpx import Response
from sqlalchemy import text

from common.database import Database
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

LOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
MANY = 60  # more than the service has connections to its database


async def test_requests_that_wait_for_one_app_keep_no_other_team_out(world: World) -> None:
    _, run = await world.api.create_app("A list [[script:slow]]")
    theirs, _ = await world.other.create_app("A list [[script:slow]]")
    database = world.database()
    free = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        async with database.begin() as session:
            await session.execute(text("SELECT id FROM runs WHERE id = :id FOR UPDATE"), {"id": run})
            waiting = [group.create_task(cancel_until(world, run, free)) for _ in range(MANY)]
            async with asyncio.timeout(120):
                while await locked(database) < 4:
                    await asyncio.sleep(0.05)
            await asyncio.wait(waiting, timeout=1)  # time for the others to get there too
            for _ in range(3):
                assert (await world.other.http.get(f"/v1/apps/{theirs}", timeout=120)).status_code == 200
        free.set()
    ended = [answer for task in waiting for answer in task.result()]
    assert {answer.status_code for answer in ended} <= {202, 409, 429, 503}
    assert all("retry-after" in answer.headers for answer in ended if answer.status_code in {429, 503})
    assert (await world.api.get(f"/v1/runs/{run}"))["state"] == "cancelled"


async def locked(database: Database) -> int:
    """How many connections wait for a lock; one transaction would always see those of its first look."""
    async with database.begin() as session:
        count: int = (await session.execute(LOCKED)).scalar_one()
    return count


async def cancel_until(world: World, run: str, free: asyncio.Event) -> list[Response]:
    """Cancels the run, again and again as long as its lock keeps all who try waiting."""
    answers: list[Response] = []
    while not answers or not free.is_set():
        answers.append(await world.api.http.post(f"/v1/runs/{run}/cancel", timeout=120))
    return answers
