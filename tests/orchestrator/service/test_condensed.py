"""A conversation too long for the model goes on in a new one: nothing that was written is lost."""

import asyncio

import pytest

from orchestrator.db import turns
from orchestrator.db.models import Run
from tests.orchestrator.service.world import SECONDS, World, red

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]


def prompt(script: str) -> str:
    return f"A list of birds [[script:{script}]]"


@pytest.mark.parametrize(
    ("script", "files", "states"),
    [
        ("too-long-first", ["one", "two"], 3),
        ("too-long-middle", ["one", "two"], 4),
        ("too-long-last", ["one", "two"], 3),
        ("grows", ["one", "three", "two"], 5),
    ],
)
async def test_a_run_goes_on_with_all_of_its_files(
    world: World, script: str, files: list[str], states: int
) -> None:
    app, run = await world.api.create_app(prompt(script))
    await world.live(app)
    await world.api.succeeded(app, run)
    assert await written(world, app) == files
    row = await stored(world, run)
    assert row.condensed == 1
    opening = row.first_message or ""
    assert "<so_far>" in opening
    done = [name for name in files if f"- create_file src/lib/{name}.ts\n" in opening]
    expected = {"too-long-first": [], "too-long-middle": ["one"], "grows": ["one", "two"]}
    assert done == expected.get(script, files)
    database = world.database()
    async with database.begin() as session:
        rows = await turns.turns_of(session, run)
    await database.close()
    assert [turn.seq for turn in rows] == list(range(1, states + 1))
    assert {turn.state for turn in rows} == {"done"}, "what the vendor refused to read costs nothing"


async def test_a_crash_behind_the_new_beginning_goes_on_from_it(world: World) -> None:
    app, run = await world.api.create_app(prompt("too-long-middle"))
    await world.api.event(app, lambda event: str(event.data.get("path")).endswith("two.ts"))
    await world.stack.kill("orchestrator")
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
    await world.live(app)
    await world.api.succeeded(app, run)
    assert await written(world, app) == ["one", "two"]
    assert (await stored(world, run)).condensed == 1


async def test_errors_that_wait_for_a_repair_are_not_forgotten(world: World) -> None:
    app, run = await world.api.create_app(prompt("too-long-repair"))
    await world.say(red(await world.build(app), "Type 'yes' is not assignable."))
    await world.live_after_repair(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 1
    opening = (await stored(world, run)).first_message or ""
    assert "src/lib/quick.ts:1:14 TS2322: Type 'yes' is not assignable." in opening
    assert opening.index("</so_far>") < opening.index("<error_recovery")


async def test_what_never_fits_ends_with_a_clear_reason(world: World) -> None:
    app, run = await world.api.create_app(prompt("too-long-twice"))
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "turn_limit_reached")
    assert "grew beyond what the model can read" in final["error_message"]
    assert "208310" not in final["error_message"]
    assert (await stored(world, run)).condensed == 2


async def written(world: World, app: str) -> list[str]:
    diff = await world.api.get(f"/v1/apps/{app}/versions/1/diff")
    return [path.removeprefix("src/lib/").removesuffix(".ts") for path in diff["added"]]


async def stored(world: World, run: str) -> Run:
    database = world.database()
    async with asyncio.timeout(SECONDS), database.begin() as session:
        row = await session.get_one(Run, run)
        session.expunge(row)
    await database.close()
    return row
