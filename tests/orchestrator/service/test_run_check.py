"""The model has its files checked before it finishes: answered once, billed as its work, built once."""

import pytest

from common.contracts import ErrorCategory
from orchestrator.db import turns
from orchestrator.domain.turns import ToolResultLike
from tests.orchestrator.service.test_crashes import crash as kill_orchestrator
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import World, green, pages, red

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

REPAIRS = "A constant [[script:check]]"
TWICE = "A constant [[script:check-first]]"


async def answers(world: World, run: str, tool: str) -> list[ToolResultLike]:
    """What the calls of the tool were answered, in their order."""
    database = world.database()
    async with database.begin() as session:
        rows = await turns.turns_of(session, run)
        stored = await turns.conversation_of(session, rows)
    await database.close()
    told = [stored[row.id] for row in rows]
    return [
        turn.results[call.payload["id"]]
        for turn in told
        for call in turn.tool_uses
        if call.payload["name"] == tool and call.payload["id"] in turn.results
    ]


async def test_errors_are_repaired_before_finish_which_builds_nothing_again(world: World) -> None:
    app, run = await world.api.create_app(REPAIRS)
    await world.say(red(await world.build(app)))
    checked = green(await world.build(app, 2))
    await world.say(checked)
    await world.deploy(app)
    final = await world.api.succeeded(app, run)
    assert final["recoveries"] == 0
    wrong, right = await answers(world, run, "run_check")
    assert wrong.is_error
    assert "src/lib/quick.ts:1:14 TS2322: Type 'string' is not assignable" in wrong.text
    assert (right.is_error, right.text.split(":")[0]) == (False, "ok, no errors")
    assert len(world.builds(app)) == 2, "finish takes what the check has built"
    assert checked.artifact
    assert (await world.deployment(app)).artifact == checked.artifact.digest
    log = await world.api.log(app)
    assert "recovery.started" not in {event.type for event in log}
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    assert {line["billing_class"] for line in lines} == {"user"}


async def test_a_look_waits_for_the_browser_and_shows_the_checked_files(world: World) -> None:
    app, run = await world.api.create_app(REPAIRS)
    await world.say(red(await world.build(app)))
    checked = green(await world.build(app, 2))
    await world.say(checked, seen=False)
    await world.api.event(
        app, lambda event: event.type == "build.finished" and event.data["state"] == "succeeded"
    )
    await world.say(pages(checked))
    await world.deploy(app)
    await world.api.succeeded(app, run)
    [look] = await answers(world, run, "look")
    assert "built from your files as they are now" in look.text


async def test_a_second_check_of_the_same_files_is_answered_from_the_first(world: World) -> None:
    app, run = await world.api.create_app(TWICE)
    await world.live(app)
    await world.api.succeeded(app, run)
    assert len({answer.text for answer in await answers(world, run, "run_check")}) == 1
    assert len(world.builds(app)) == 1


async def test_finish_beside_a_check_with_errors_waits_and_recovers_from_the_same_verdict(
    world: World,
) -> None:
    """Errors that the model finishes with all the same are a recovery, without another build."""
    app, run = await world.api.create_app(TWICE)
    await world.say(red(await world.build(app)))
    await world.api.event(app, lambda event: event.type == "recovery.started")
    first, second = await answers(world, run, "run_check")
    assert first.is_error
    assert second.is_error
    assert len(await answers(world, run, "finish")) == 2
    assert len(world.builds(app)) == 1
    await world.api.http.post(f"/v1/runs/{run}/cancel")  # unless it has given the model up


async def test_a_crash_while_it_waits_asks_for_no_other_build_and_answers_once(world: World) -> None:
    app, run = await world.api.create_app(TWICE)
    build = await world.build(app)
    await kill_orchestrator(world)
    await world.say(green(build))
    await world.deploy(app)
    await world.api.succeeded(app, run)
    assert [asked.build_id for asked in world.builds(app)] == [build.build_id]
    called = [event.data for event in await world.api.log(app) if event.type == "tool.called"]
    assert [one["ok"] for one in called if one["tool"] == "run_check"] == [True, True]


async def test_a_cancelled_run_waits_no_longer_and_its_build_ends(world: World) -> None:
    app, run = await world.api.create_app(TWICE)
    build = await world.build(app)
    cancelled = await world.api.post(f"/v1/runs/{run}/cancel")
    assert cancelled["state"] == "cancelled"
    assert f"POST /v1/builds/{build.build_id}/cancel" in world.builder.requests
    next_run = await world.api.send(app, "A list of birds [[script:quick]]")
    await world.say(green(await world.build(app, 2)))
    await world.deploy(app)
    await world.api.succeeded(app, next_run)
    assert await answers(world, run, "run_check") == []


async def test_the_platforms_own_fault_says_nothing_about_the_files(world: World) -> None:
    app, run = await world.api.create_app(TWICE)
    for nth in (1, 2):
        await world.say(red(await world.build(app, nth), category=ErrorCategory.INFRASTRUCTURE))
    await world.live(app, 3, failed=2)
    await world.api.succeeded(app, run)
    for answer in await answers(world, run, "run_check"):
        assert not answer.is_error
        assert "could not be checked now" in answer.text


async def test_without_a_builder_the_model_goes_on_after_a_while(world: World) -> None:
    async with tuned(world, RUN_CHECK_SECONDS="0.5"):
        app, run = await world.api.create_app(TWICE)
        await world.api.event(
            app, lambda event: event.type == "tool.called" and event.data["tool"] == "finish"
        )
        await world.live(app)
        await world.api.succeeded(app, run)
    told = await answers(world, run, "run_check")
    assert ["could not be checked now" in one.text for one in told] == [True, True]
    assert len(world.builds(app)) == 1, "finish waits for the build that the check has asked for"
