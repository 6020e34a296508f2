"""A deleted app is gone at once, and what it leaves behind shortly after."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from tests.orchestrator.service.world import LEISURELY, World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]


async def test_an_app_with_a_run_under_way_is_deleted(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    queued = await world.api.send(app, "Rename the heading to Two")
    await world.api.event(app, lambda event: event.type == "file.written")
    request = f"DELETE /v1/apps/{app}"
    world.deployer.answers[request] = 503
    assert (await world.api.http.delete(f"/v1/apps/{app}")).status_code == 202
    for path in (f"/v1/apps/{app}", f"/v1/apps/{app}/messages", f"/v1/runs/{run}", f"/v1/runs/{queued}"):
        assert (await world.api.http.get(path)).status_code == 404, path
    assert (await world.api.http.delete(f"/v1/apps/{app}")).status_code == 404
    assert (await world.api.http.post(f"/v1/runs/{run}/cancel")).status_code == 404
    assert app not in {item["id"] for item in (await world.api.get("/v1/apps"))["items"]}

    await until_asked(world, request, 2)
    assert await rows_of(world, app) > 0
    world.deployer.answers[request] = 204
    async with asyncio.timeout(120):
        while await rows_of(world, app):
            await asyncio.sleep(0.1)
    assert world.builds(app) == []


async def test_an_app_is_deleted_although_the_deployer_is_down_and_another_one_cannot_be(
    world: World,
) -> None:
    stuck, _ = await world.app()
    app, _ = await world.app()
    cost = await cost_of(world, app)
    world.deployer.answers[f"DELETE /v1/apps/{stuck}"] = 500
    await world.deployer.stop()
    for one in (stuck, app):
        assert (await world.api.http.delete(f"/v1/apps/{one}")).status_code == 202
    await world.deployer.start()
    async with asyncio.timeout(120):
        while await rows_of(world, app):
            await asyncio.sleep(0.1)
    assert await cost_of(world, app) == cost, "what an app has cost stays in the accounts"
    assert await rows_of(world, stuck) > 0
    world.deployer.answers[f"DELETE /v1/apps/{stuck}"] = 204
    async with asyncio.timeout(120):
        while await rows_of(world, stuck):
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("neighbour", "path"), [("builder", "/v1/apps"), ("deployer", "/v1/apps"), ("data", "/internal/apps")]
)
# 202: something of it is left there. 404: an older release, which does not know the request and leaves all.
@pytest.mark.parametrize("status", [202, 404])
async def test_our_rows_stay_until_nothing_is_left_elsewhere(
    world: World, neighbour: str, path: str, status: int
) -> None:
    app, _ = await world.app()
    request, asked = f"DELETE {path}/{app}", getattr(world, neighbour)
    asked.answers[request] = status
    await world.api.http.delete(f"/v1/apps/{app}")
    async with asyncio.timeout(120):
        while asked.requests.count(request) < 2:
            await asyncio.sleep(0.05)
    assert await rows_of(world, app) > 0
    asked.answers[request] = 204
    async with asyncio.timeout(120):
        while await rows_of(world, app):
            await asyncio.sleep(0.1)


async def until_asked(world: World, request: str, times: int) -> None:
    async with asyncio.timeout(120):
        while world.deployer.requests.count(request) < times:
            await asyncio.sleep(0.05)


async def cost_of(world: World, app: str) -> int:
    lines = (await world.api.get("/v1/usage"))["lines"]
    return sum(line["cost_microdollars"] for line in lines if line["app_id"] == app)


async def rows_of(world: World, app: str) -> int:
    """How much of the app's content the database still has."""
    tables = ("messages", "versions", "blobs", "builds", "deployments", "events")
    counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE app_id = :app)" for table in tables)
    database = world.database()
    async with database.begin() as session:
        found = await session.scalar(text(f"SELECT {counts}"), {"app": app})
    await database.close()
    return int(found or 0)


async def test_a_database_row_is_no_excuse_for_an_answer(world: World) -> None:
    """What is deleted but not torn down yet takes no messages."""
    app, _ = await world.app()
    request = f"DELETE /v1/apps/{app}"
    world.deployer.answers[request] = 503
    await world.api.http.delete(f"/v1/apps/{app}")
    answer: httpx.Response = await world.api.http.post(f"/v1/apps/{app}/messages", json={"content": "More"})
    assert (answer.status_code, answer.json()["code"]) == (404, "app_not_found")
    world.deployer.answers[request] = 204
