"""Teams share the workers fairly: who sends much waits for itself, and each team has a share of its own."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from httpx import Response
from sqlalchemy import func, select, text

from orchestrator.db.models import Run
from orchestrator.domain.runs import FINAL
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import LEISURELY, QUICK, SECONDS, World
from tests.system.api import Api

pytestmark = [pytest.mark.xdist_group("orchestrator-shares"), pytest.mark.asyncio(loop_scope="session")]

SLOTS = 2
MANY = 20


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def _alone(world: World) -> None:
    """Runs that other modules have left open would count."""
    database = world.database()
    open_runs = select(Run.id).where(Run.state.not_in(FINAL))
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                async with database.begin() as session:
                    left = list(await session.scalars(open_runs))
                if not left:
                    return
                for run in left:
                    for api in (world.api, world.other):  # whoever it is of
                        await api.http.post(f"/v1/runs/{run}/cancel")
                await asyncio.sleep(0.05)
    finally:
        await database.close()


async def test_a_busy_team_delays_no_other_teams_first_run(world: World) -> None:
    async with tuned(world, RUN_CONCURRENCY=str(SLOTS)):
        busy = [await world.api.create_app(LEISURELY) for _ in range(MANY)]
        await started(world, busy[0][1])
        theirs, run = await world.other.create_app(QUICK)
        before = await count_begun(world, busy)
        await started(world, run)
        # Those that had just been taken up when the other team's run came.
        assert await count_begun(world, busy) <= before + SLOTS < MANY - 5
        await delete(world.api, *(app for app, _ in busy))
        await world.live(theirs)
        await world.other.succeeded(theirs, run)


async def test_a_team_has_so_many_runs_at_work_and_the_others_wait_in_order(world: World) -> None:
    async with tuned(world, TEAM_RUN_CONCURRENCY="2"):
        mine = [await world.api.create_app(QUICK) for _ in range(4)]
        for app, _ in mine[:2]:
            await world.build(app)
        assert await states(world, mine) == ["checking", "checking", "queued", "queued"]
        theirs, run = await world.other.create_app(QUICK)
        await world.live(theirs)
        await world.other.succeeded(theirs, run)
        assert (await states(world, mine))[2:] == ["queued", "queued"]
        await world.live(mine[0][0])
        await world.build(mine[2][0])
        assert (await states(world, mine))[3] == "queued"
        assert (await world.api.get(f"/v1/apps/{mine[3][0]}/usage"))["lines"] == []
        for app, run in mine[1:]:
            await world.live(app)
            await world.api.succeeded(app, run)


async def test_so_many_messages_of_a_team_may_wait(world: World) -> None:
    async with tuned(world, TEAM_RUN_CONCURRENCY="1", TEAM_QUEUED_MESSAGES="1"):
        app, first = await world.api.create_app(QUICK)
        await started(world, first)
        second = await world.api.send(app, QUICK)
        refused = await world.api.http.post(f"/v1/apps/{app}/messages", json={"content": QUICK})
        assert (refused.status_code, problem(refused)["code"]) == (429, "queue_full")
        assert int(refused.headers["retry-after"]) > 0
        refused = await world.api.http.post("/v1/apps", json={"prompt": QUICK})
        assert problem(refused)["code"] == "queue_full"
        theirs, _ = await world.other.create_app(QUICK)
        await world.api.post(f"/v1/runs/{second}/cancel")
        await world.api.send(app, QUICK)
        await delete(world.other, theirs)
        await delete(world.api, app)


async def test_a_team_may_send_for_so_many_runs_a_minute(world: World) -> None:
    app, _ = await world.app()
    team = (await world.api.get("/v1/me"))["team_id"]
    await execute(world, "UPDATE teams SET runs_due_at = now() + interval '1 hour' WHERE id = :id", id=team)
    for path, body in (("/v1/apps", {"prompt": QUICK}), (f"/v1/apps/{app}/messages", {"content": QUICK})):
        refused = await world.api.http.post(path, json=body)
        assert (refused.status_code, problem(refused)["code"]) == (429, "rate_limited")
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
    theirs, _ = await world.other.create_app(QUICK)
    await delete(world.other, theirs)
    await execute(world, "UPDATE teams SET runs_due_at = now() - interval '1 hour' WHERE id = :id", id=team)
    await world.api.send(app, QUICK)
    await delete(world.api, app)


async def started(world: World, run: str) -> None:
    database = world.database()
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                async with database.begin() as session:
                    if (await session.get_one(Run, run)).started_at is not None:
                        return
                await asyncio.sleep(0.02)
    finally:
        await database.close()


async def count_begun(world: World, made: list[tuple[str, str]]) -> int:
    database = world.database()
    query = select(func.count()).where(Run.id.in_([run for _, run in made]), Run.started_at.is_not(None))
    async with database.begin() as session:
        found = (await session.scalars(query)).one()
    await database.close()
    return found


async def states(world: World, made: list[tuple[str, str]]) -> list[str]:
    return [(await world.api.get(f"/v1/runs/{run}"))["state"] for _, run in made]


async def delete(api: Api, *apps: str) -> None:
    for app in apps:
        assert (await api.http.delete(f"/v1/apps/{app}")).status_code == 202


async def execute(world: World, statement: str, **values: Any) -> None:
    database = world.database()
    async with database.begin() as session:
        await session.execute(text(statement), values)
    await database.close()


def problem(response: Response) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    return body
