"""A team that asks for much at once waits for itself, and keeps nobody else out."""

import asyncio

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
    async with database.begin() as session:
        await session.execute(text("SELECT id FROM runs WHERE id = :id FOR UPDATE"), {"id": run})
        waiting = [asyncio.create_task(cancel(world, run)) for _ in range(MANY)]
        async with asyncio.timeout(120):
            while await locked(database) < 4:
                await asyncio.sleep(0.05)
        await asyncio.wait(waiting, timeout=1)  # time for the others to get there too
        assert (await world.other.http.get(f"/v1/apps/{theirs}")).status_code == 200
        assert not any(task.done() for task in waiting), "it had to wait for them"
    await database.close()
    ended = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in ended} <= {202, 409, 429, 503}
    assert all("retry-after" in answer.headers for answer in ended if answer.status_code in {429, 503})
    assert (await world.api.get(f"/v1/runs/{run}"))["state"] == "cancelled"


async def locked(database: Database) -> int:
    """How many connections wait for a lock; one transaction would always see those of its first look."""
    async with database.begin() as session:
        count: int = (await session.execute(LOCKED)).scalar_one()
    return count


async def cancel(world: World, run: str) -> Response:
    return await world.api.http.post(f"/v1/runs/{run}/cancel", timeout=120)
