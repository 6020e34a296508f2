"""Who pays: repairs are free up to a limit of each run, words are work, and no crash changes a bill."""

from typing import Any

import pytest
from sqlalchemy import func, select

from dev.stack.client import Event
from orchestrator.db.models import Turn, UsageTotal
from tests.orchestrator.service.world import World, green, red

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

FREE = 100_000
"""Millionths of a dollar, REPAIR_FREE_MICRODOLLARS as it is by default."""
SABOTAGE = "A list of birds [[script:sabotage]]"


@pytest.mark.parametrize("crashes", [False, True], ids=["undisturbed", "with a crash in the middle"])
async def test_work_in_the_repair_of_a_build_broken_on_purpose_is_billed(
    world: World, *, crashes: bool
) -> None:
    app, run = await world.api.create_app(SABOTAGE)
    await world.say(red(await world.build(app)))
    if crashes:
        await world.api.event(app, third_work)
        await world.stack.kill("orchestrator")
        await world.stack.start("orchestrator")
        await world.stack.wait_ready("orchestrator")
    await world.say(green(await world.build(app, 2)))
    await world.deploy(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 1

    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert usage["cost_microdollars"] > 2 * FREE
    by_class = {line["billing_class"]: line for line in usage["lines"]}
    assert 0 < by_class["repair"]["cost_microdollars"] <= FREE
    free = sum(line["cost_microdollars"] for line in usage["lines"] if not line["billed"])
    assert usage["free_microdollars"] == free
    assert usage["billable_microdollars"] == usage["cost_microdollars"] - free
    assert by_class["user"]["cost_microdollars"] == usage["billable_microdollars"]
    assert "repairs beyond what is free" in by_class["user"]["why"]
    everything = (await world.api.get("/v1/usage"))["lines"]
    mine = {line["billing_class"]: line for line in everything if line["app_id"] == app}
    assert {name: line["cost_microdollars"] for name, line in mine.items()} == {
        name: line["cost_microdollars"] for name, line in by_class.items()
    }
    assert await totals(world, app) == await sums(world, run)


async def test_repairs_that_fit_are_free(world: World) -> None:
    app, run = await world.api.create_app("A list of birds [[script:quick]]")
    await world.say(red(await world.build(app)))
    await world.live_after_repair(app)
    await world.api.succeeded(app, run)
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    lines = {line["billing_class"]: line for line in usage["lines"]}
    assert usage["free_microdollars"] == lines["repair"]["cost_microdollars"] > 0
    assert (lines["repair"]["billed"], lines["user"]["billed"]) == (False, True)


async def test_words_without_files_are_billed(world: World) -> None:
    app, run = await world.api.create_app("Tell me a story [[script:stops-early]]")
    final = await world.api.ended(app, run)
    assert final["error_code"] == "model_gave_up"
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert usage["billable_microdollars"] == usage["cost_microdollars"] > 0
    [line] = usage["lines"]
    assert (line["version"], line["billed"]) == (None, True)
    assert "answers in mere words" in line["why"]


async def test_nobody_pays_for_a_vendor_that_refuses(world: World) -> None:
    app, run = await world.api.create_app("A list [[script:always-overloaded]]")
    await world.api.ended(app, run)
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert usage["billable_microdollars"] == 0


def third_work(event: Event) -> bool:
    return event.type == "file.written" and str(event.data["path"]).endswith("work3.ts")


async def totals(world: World, app: str) -> dict[str, tuple[int, int]]:
    """What the trigger has added up, by class: turns and cost."""
    columns = (UsageTotal.billing_class, UsageTotal.turns, UsageTotal.cost_microdollars)
    return await rows(world, select(*columns).where(UsageTotal.app_id == app, UsageTotal.turns > 0))


async def sums(world: World, run: str) -> dict[str, tuple[int, int]]:
    """The same of the turns themselves."""
    columns = (Turn.billing_class, func.count(), func.sum(Turn.cost_microdollars))
    return await rows(world, select(*columns).where(Turn.run_id == run).group_by(Turn.billing_class))


async def rows(world: World, query: Any) -> dict[str, tuple[int, int]]:
    database = world.database()
    async with database.begin() as session:
        found = {name: (int(turns), int(cost or 0)) for name, turns, cost in await session.execute(query)}
    await database.close()
    return found
