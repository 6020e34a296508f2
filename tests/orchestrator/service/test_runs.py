"""Runs from the message to their end: one at a time, cancelled, failed, recovered, told twice."""

import asyncio

import pytest
from sqlalchemy import text

from common.contracts import ErrorCategory
from common.database import Database
from orchestrator.domain.prompt import prompt_version
from tests.orchestrator.service.world import (
    LEISURELY,
    QUICK,
    World,
    deployed,
    green,
    pages,
    red,
    started,
    undeployable,
    verifying,
)

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]


async def test_a_prompt_becomes_a_live_version(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.live(app)
    final = await world.api.succeeded(app, run)
    assert (final["version"], final["recoveries"]) == (1, 0)
    assert final["prompt_version"] == prompt_version(paints=False, database=True)
    shown = await world.api.get(f"/v1/apps/{app}")
    assert shown["head"] == 1
    assert shown["live"]["preview"]["version"] == 1
    kinds = [event.type for event in await world.api.log(app)]
    assert kinds[0] == "run.queued"
    assert kinds[-1] == "run.succeeded"
    diff = await world.api.get(f"/v1/apps/{app}/versions/1/diff")
    assert (diff["added"], diff["changed"], diff["removed"]) == (["src/lib/quick.ts"], [], [])
    assert await chat(world, app) == [("user", "prompt", False), ("assistant", "reply", False)]


async def test_versions_say_in_a_few_words_what_has_changed(world: World) -> None:
    app, _ = await world.app("A price list [[script:decides]]")
    await world.api.put_file(app, "src/lib/b.ts", b"export const b = 1;\n")
    await world.api.post(f"/v1/apps/{app}/versions/1/restore")
    run = await world.api.send(app, "Turn it off. It is too bright. [[script:other]]")
    await world.live(app, 2)
    await world.api.succeeded(app, run)
    listed = (await world.api.get(f"/v1/apps/{app}/versions"))["items"]
    titles = ["Turn it off", "Restored version 1", "Wrote src/lib/b.ts", "List prices"]
    assert [version["title"] for version in listed[:-1]] == titles
    assert listed[-1]["title"].startswith("The template vite-react@")
    told = [event.data["title"] for event in await world.api.log(app) if event.type == "version.created"]
    assert told == [version["title"] for version in reversed(listed)]


async def test_messages_wait_for_their_turn_and_go_one_at_a_time(world: World) -> None:
    app, first = await world.api.create_app(QUICK)
    asked = await world.build(app)
    second = await world.api.send(app, "Rename the heading to Two")
    third = await world.api.send(app, "Rename the heading to Three")
    await reached(world, first, "checking")
    assert await states(world, second, third) == ["queued", "queued"]
    await world.say(red(asked, category=ErrorCategory.INFRASTRUCTURE))
    failed = await world.api.ended(app, first)
    assert failed["state"] == "failed"
    await world.build(app, 2)
    await reached(world, second, "checking")
    assert await states(world, third) == ["queued"]
    await world.say(green(await world.build(app, 2)))
    await world.say(deployed(await world.deployment(app)))
    await world.api.succeeded(app, second)
    await world.say(green(await world.build(app, 3)))
    await world.say(deployed(await world.deployment(app, 2)))
    last = await world.api.succeeded(app, third)
    assert last["base_version"] == 1
    assert last["version"] == 2


async def test_a_queued_run_that_is_cancelled_never_begins(world: World) -> None:
    app, first = await world.api.create_app(LEISURELY)
    second = await world.api.send(app, "Rename the heading to Two")
    third = await world.api.send(app, "Rename the heading to Three")
    assert (await world.api.post(f"/v1/runs/{second}/cancel"))["state"] == "cancelled"
    await world.live(app)
    await world.api.succeeded(app, first)
    await world.live(app, 2)
    assert (await world.api.succeeded(app, third))["version"] == 2
    begun = {e.data["run_id"] for e in await world.api.log(app) if e.type == "run.started"}
    assert begun == {first, third}
    refused = await world.api.http.post(f"/v1/runs/{second}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_cancellable")


async def test_a_cancelled_run_stops_the_model_and_leaves_the_app_alone(world: World) -> None:
    app, _ = await world.app()
    before = await world.api.get(f"/v1/apps/{app}/files")
    run = await world.api.send(app, "More notes [[script:slow]]")
    await world.api.event(app, lambda event: event.type == "file.written" and event.data["run_id"] == run)
    await world.api.post(f"/v1/runs/{run}/cancel")
    asked = await world.model_requests("slow")
    async with asyncio.timeout(120):  # it stops within 3 s; a turn takes 0.4 s
        while (found := await world.model_requests("slow")) != asked or found[-1]["outcome"] == "running":
            asked = found
            await asyncio.sleep(0.9)
    again = await world.api.send(app, "A file [[script:other]]")
    await world.build(app, 2)
    await reached(world, again, "checking")
    assert await states(world, run) == ["cancelled"]
    assert await change(world, "SELECT lease_until FROM runs WHERE id = :id", run) is None
    await world.api.post(f"/v1/runs/{again}/cancel")
    late = await world.build(app, 2)
    assert f"POST /v1/builds/{late.build_id}/cancel" in world.builder.requests
    await world.say(green(late))
    await world.api.event(app, lambda event: event.data.get("build_id") == late.build_id)
    assert await states(world, again) == ["cancelled"]
    assert await world.api.get(f"/v1/apps/{app}/files") == before
    assert len(world.deployments(app)) == 1


async def test_a_failed_build_goes_back_to_the_model_which_repairs_it(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(red(await world.build(app)))
    await world.live_after_repair(app)
    final = await world.api.succeeded(app, run)
    assert (final["recoveries"], final["version"]) == (1, 1)
    assert await chat(world, app) == [
        ("user", "prompt", False),
        ("user", "error_recovery", True),
        ("assistant", "reply", False),
    ]
    recovery = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][1]["content"]
    assert recovery.startswith('<error_recovery category="type" attempt="1" of="5">')
    assert "src/lib/quick.ts:1:14 TS2322" in recovery
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    classes = {line["billing_class"]: line for line in usage["lines"]}
    assert {line["version"] for line in usage["lines"]} == {1}
    assert classes["repair"]["cost_microdollars"] > 0
    assert usage["billable_microdollars"] == classes["user"]["cost_microdollars"]
    assert usage["cost_microdollars"] == sum(line["cost_microdollars"] for line in usage["lines"])
    everything = (await world.api.get("/v1/usage"))["lines"]
    assert [line for line in everything if line["app_id"] == app and line["billing_class"] == "repair"]


async def test_after_five_repairs_the_run_fails_and_the_app_is_as_before(world: World) -> None:
    app, _ = await world.app()
    before = await world.api.get(f"/v1/apps/{app}")
    run = await world.api.send(app, "A file [[script:other]]")
    for nth in range(2, 8):
        await world.say(red(await world.build(app, nth), f"Error {nth}."))
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"], final["recoveries"]) == ("failed", "build_failed", 5)
    assert "Error 7." in final["error_message"]
    assert "last good version" in final["error_message"]
    assert await world.api.get(f"/v1/apps/{app}") == before
    assert (await chat(world, app))[-1] == ("assistant", "failure", True)
    assert len(world.builds(app)) == 7
    begun = [event.data for event in await world.api.log(app) if event.type == "recovery.started"]
    assert [(one["attempt"], one["max_attempts"]) for one in begun] == [(nth, 5) for nth in range(1, 6)]


async def test_an_error_that_no_repair_changes_ends_the_run_early(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    for nth in (1, 2, 3):
        await world.say(red(await world.build(app, nth), "The same."))
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"], final["recoveries"]) == ("failed", "build_failed", 2)
    assert "The same errors are there after two repairs" in final["error_message"]
    first, second = await recoveries(world, app)
    assert "has brought nothing" not in first
    assert "has brought nothing" in second
    assert "src/lib/quick.ts rev:" in second
    assert "1| export const quick: boolean = true;" in second


async def test_fewer_errors_are_progress_and_the_model_is_told(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    for nth, left in enumerate((5, 4, 3), 1):
        finished = red(await world.build(app, nth), "The same.")
        [one] = finished.diagnostics
        often = one.model_copy(update={"count": left, "lines": tuple(range(1, left + 1))})
        await world.say(finished.model_copy(update={"diagnostics": (often,), "problems": left}))
    await world.say(green(await world.build(app, 4)))
    await world.deploy(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 3
    first, second, third = await recoveries(world, app)
    assert "(5 times, in lines 1, 2, 3, 4, 5)" in first
    assert "1 of the 5 before your last repair are gone." in second
    assert "1 of the 4 before your last repair are gone." in third


async def test_the_platforms_own_failures_never_go_to_the_model(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(red(await world.build(app), category=ErrorCategory.INFRASTRUCTURE))
    final = await world.api.ended(app, run)
    assert (final["error_code"], final["recoveries"]) == ("build_impossible", 0)
    assert "platform's fault" in final["error_message"]
    assert ("user", "error_recovery", True) not in await chat(world, app)
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert usage["cost_microdollars"] > 0
    assert usage["billable_microdollars"] == 0, "nobody pays for the platform's faults"


@pytest.mark.parametrize(
    ("problem", "code"),
    [("script_too_large", "script_too_large"), ("verification_failed", "deployment_failed")],
)
async def test_a_failed_deployment_fails_the_run_and_keeps_what_was_live(
    world: World, problem: str, code: str
) -> None:
    app, _ = await world.app()
    live = (await world.api.get(f"/v1/apps/{app}"))["live"]
    run = await world.api.send(app, "Rename the heading to Two")
    await world.say(green(await world.build(app, 2)))
    await world.say(undeployable(await world.deployment(app, 2), problem))
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", code)
    assert "It could not go live." in final["error_message"]
    assert (await world.api.get(f"/v1/apps/{app}"))["live"] == live


async def test_events_told_twice_too_late_or_of_strangers_change_nothing(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    build = await world.build(app)
    await world.say(started(build))
    await world.say(started(build))
    await settled(world)
    await world.say(green(build.model_copy(update={"build_id": "build_00000000000000000000000000"})))
    await world.say(green(build))
    deployment = await world.deployment(app)
    await world.say(red(build))
    await world.say(green(build))
    stranger = deployment.model_copy(update={"deployment_id": "dep_00000000000000000000000000"})
    await world.say(deployed(stranger))
    await world.say(deployed(deployment))
    await world.api.succeeded(app, run)
    await world.say(deployed(deployment))
    await world.say(undeployable(deployment))
    await world.say(started(build))
    await settled(world)
    kinds = [event.type for event in await world.api.log(app)]
    for once in ("build.started", "build.finished", "deploy.started", "deploy.finished", "run.succeeded"):
        assert kinds.count(once) == 1, once
    assert "recovery.started" not in kinds
    assert [v["number"] for v in (await world.api.get(f"/v1/apps/{app}/versions"))["items"]] == [1, 0]
    assert (await world.api.get(f"/v1/apps/{app}/builds"))["items"][0]["state"] == "succeeded"


async def test_verifying_is_shown_and_may_be_told_too_late(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(green(await world.build(app)))
    deployment = await world.deployment(app)
    await world.say(verifying(deployment))
    await reached(world, run, "verifying")
    await world.say(deployed(deployment))
    await world.api.succeeded(app, run)
    await world.say(verifying(deployment))
    await settled(world)
    assert await states(world, run) == ["succeeded"]


async def test_a_run_past_its_time_ends_whoever_works_on_it(world: World) -> None:
    waiting, waiting_run = await world.api.create_app(QUICK)
    await world.build(waiting)
    busy, busy_run = await world.api.create_app("A list of birds [[script:slow]]")
    await world.api.event(busy, lambda event: event.type == "file.written")
    longer_ago = "UPDATE runs SET started_at = started_at - interval '1 hour' WHERE id = :id RETURNING 1"
    for app, run in ((waiting, waiting_run), (busy, busy_run)):
        await change(world, longer_ago, run)
        final = await world.api.ended(app, run)
        assert (final["state"], final["error_code"]) == ("failed", "run_timed_out")
        assert "30 minutes" in final["error_message"]
    again = await world.api.send(busy, QUICK)
    await world.live(busy)
    assert (await world.api.succeeded(busy, again))["version"] == 1


async def test_a_build_that_is_worked_on_says_so(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    build = await world.build(app)
    assert (await world.api.get(f"/v1/apps/{app}/builds/{build.build_id}"))["state"] == "queued"
    await world.say(started(build))
    await world.api.event(app, lambda event: event.type == "build.started")
    assert (await world.api.get(f"/v1/apps/{app}/builds/{build.build_id}"))["state"] == "running"
    await world.live(app)
    await world.api.succeeded(app, run)


async def test_characters_that_no_database_takes_do_not_stop_a_run(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(red(await world.build(app), "Unexpected \0 here."))
    await world.live_after_repair(app)
    await world.api.succeeded(app, run)
    told = [event for event in await world.api.log(app) if event.type == "build.finished"]
    assert told[0].data["diagnostics"][0]["message"] == "Unexpected \ufffd here."


async def test_a_cancel_and_the_end_of_the_build_do_not_block_each_other(world: World) -> None:
    """Both want the run and the app. They are made to meet by holding the app until both wait."""
    app, run = await world.api.create_app(QUICK)
    build = await world.build(app)
    await reached(world, run, "checking")  # until then the build is one made while the model writes
    database = world.database()
    async with database.begin() as session:
        await session.execute(text("SELECT 1 FROM apps WHERE id = :app FOR UPDATE"), {"app": app})
        await world.say(green(build), seen=False)  # what was seen of it comes on its own, in any order
        await waiting(database, 1)
        cancelling = asyncio.create_task(world.api.http.post(f"/v1/runs/{run}/cancel"))
        await waiting(database, 2)
    await database.close()
    refused = await cancelling
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_cancellable")
    await world.say(pages(green(build)))
    await world.say(deployed(await world.deployment(app)))
    await world.api.succeeded(app, run)


async def waiting(database: Database, count: int) -> None:
    """Until so many transactions of the orchestrator wait for a lock."""
    blocked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    async with asyncio.timeout(120):
        while True:
            async with database.begin() as session:
                if (await session.scalar(blocked) or 0) >= count:
                    return
            await asyncio.sleep(0.02)


async def chat(world: World, app: str) -> list[tuple[str, str, bool]]:
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    return [(message["role"], message["type"], message["billing_ignore"]) for message in messages]


async def recoveries(world: World, app: str) -> list[str]:
    """What the model was told of failed builds."""
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    return [message["content"] for message in messages if message["type"] == "error_recovery"]


async def change(world: World, statement: str, identifier: str) -> object:
    """Runs a statement on the orchestrator's database and returns its first value."""
    database = world.database()
    async with database.begin() as session:
        value: object = await session.scalar(text(statement), {"id": identifier})
    await database.close()
    return value


async def reached(world: World, run: str, state: str) -> None:
    async with asyncio.timeout(120):
        while await states(world, run) != [state]:
            await asyncio.sleep(0.02)


async def states(world: World, *runs: str) -> list[str]:
    return [(await world.api.get(f"/v1/runs/{run}"))["state"] for run in runs]


async def settled(world: World) -> None:
    """Waits until the orchestrator has acted on every event sent so far."""
    async with asyncio.timeout(120):
        for consumer in (
            "orchestrator-build-started",
            "orchestrator-build-finished",
            "orchestrator-deployment-progressed",
            "orchestrator-deployment-finished",
        ):
            while True:
                info = await world.bus.jetstream.consumer_info("EVENTS", consumer)
                if not info.num_pending and not info.num_ack_pending:
                    break
                await asyncio.sleep(0.05)
