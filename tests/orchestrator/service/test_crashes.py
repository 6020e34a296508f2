"""The process or the broker's store dies in the middle of runs: they end as if nothing had been."""

import asyncio
from collections import Counter
from functools import partial

import pytest

from common.work import Patience
from dev.stack.client import Event
from orchestrator.db import turns as turns_db
from orchestrator.db.models import Run, Turn
from tests.orchestrator.service.gates import Gate, killed_at
from tests.orchestrator.service.world import LEISURELY, QUICK, World, green, red
from tests.system.api import RUN_SECONDS

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]


SILENT = "A list of birds [[script:silent]]"


async def test_runs_at_every_stage_survive_a_crash(world: World) -> None:
    """One kill, five runs: at their beginning, writing, waiting for builds and deployments, repairing."""
    expected = await digest(world, (await world.app(LEISURELY))[0])
    deploying, deploying_run = await world.api.create_app(QUICK)
    await world.say(green(await world.build(deploying)))
    await world.deployment(deploying)
    checking, checking_run = await world.api.create_app(QUICK)
    await world.build(checking)
    writing, writing_run = await world.api.create_app(LEISURELY)
    await world.api.event(writing, third_file)
    repairing, repairing_run = await world.api.create_app(QUICK)
    await world.say(red(await world.build(repairing)))
    await world.api.event(repairing, lambda event: event.type == "recovery.started")
    beginning, beginning_run = await world.api.create_app(LEISURELY)
    await crash(world)

    for app in (checking, writing, beginning):
        await world.live(app)
    await world.live_after_repair(repairing)
    await world.deploy(deploying)
    runs = {
        deploying: deploying_run,
        checking: checking_run,
        writing: writing_run,
        repairing: repairing_run,
        beginning: beginning_run,
    }
    for app, run in runs.items():
        final = await world.api.succeeded(app, run)
        assert final["version"] == 1
        await assert_nothing_twice(world, app)
    assert await digest(world, writing) == expected
    assert await digest(world, beginning) == expected
    asked = Counter(entry["sha256"] for entry in await world.model_requests("leisurely"))
    repeated = [sha for sha, times in asked.items() if times > 1]
    assert len(repeated) <= 2  # of two runs that were talking with the model
    assert max(asked.values()) <= 2


async def test_a_crash_in_the_middle_of_turns(world: World) -> None:
    """Eight short runs at once: some are before their first turn, some in one, some behind the last."""
    expected = await digest(world, (await world.app())[0])
    begun = [await world.api.create_app(QUICK) for _ in range(8)]
    await world.api.event(begun[2][0], lambda event: event.type == "message.delta")
    await crash(world)
    for app, run in begun:
        await world.live(app)
        await world.api.succeeded(app, run)
        await assert_nothing_twice(world, app)
        assert await digest(world, app) == expected


async def test_repairs_that_bring_nothing_are_counted_across_crashes(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    for nth in (1, 2):
        await world.say(red(await world.build(app, nth)))
        await world.api.event(app, partial(is_attempt, nth))
        await crash(world)
    await world.say(red(await world.build(app, 3)))
    final = await world.api.ended(app, run)
    assert (final["error_code"], final["recoveries"]) == ("build_failed", 2)
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    assert "has brought nothing" in messages[2]["content"]


async def test_a_request_that_a_crash_leaves_without_an_answer_is_paid_for(world: World) -> None:
    """Killed between the request and its first byte: the vendor bills it all the same, to the platform."""
    app, run = await world.api.create_app(SILENT)
    while not await world.model_requests("silent"):
        await asyncio.sleep(0.02)
    await crash(world)
    await world.live(app)
    await world.api.succeeded(app, run)
    await assert_nothing_twice(world, app)
    asked = await world.model_requests("silent")
    assert Counter(entry["sha256"] for entry in asked).most_common(1)[0][1] == 2
    turns = await stored_turns(world, run)
    assert [turn.state for turn in turns] == ["lost", *["done"] * (len(asked) - 1)]
    unanswered, answered = (turns_db.usage_of(turn).whole_input for turn in turns[:2])
    assert answered / 2 < unanswered < answered * 2
    assert turns[0].cost_microdollars
    assert [turn.billing_class for turn in turns] == ["platform", *["user"] * (len(asked) - 1)]
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert sum(line["turns"] for line in usage["lines"]) == len(asked)
    lost = turns[0].cost_microdollars
    assert usage["cost_microdollars"] - usage["billable_microdollars"] == lost


async def test_an_edit_made_against_an_older_revision_is_moved_along_after_a_crash(world: World) -> None:
    """Killed between an edit and the next one, whose numbers are from before it; no anchor is unique."""
    request = "Lines that are alike [[script:stale]]"
    async with killed_at(world, {request: Gate("turns", {"seq": 3, "state": "done"})}):
        app, run = await world.api.create_app(request)
    await world.live(app)
    await world.api.succeeded(app, run)
    content = (await world.api.http.get(f"/v1/apps/{app}/files/src/lib/quick.ts")).text
    same = "// the same\n"
    assert content == f"// a\n// b\nexport const one = 1;\n{same}// the third\n{same}{same}"


async def test_what_cannot_go_on_without_its_template_asks_for_nothing(world: World) -> None:
    """A process that began without the templates service takes a run up and lets go of it, over and over."""
    app, run = await world.api.create_app(LEISURELY)
    await world.api.event(app, third_file)
    await world.stack.kill("orchestrator")
    await world.stack.kill("templates")
    before, attempts = await stored_turns(world, run), await attempts_of(world, run)
    await world.stack.start("orchestrator")
    async with asyncio.timeout(RUN_SECONDS):
        while await attempts_of(world, run) < attempts + 4:
            await asyncio.sleep(0.1)
    assert [turn.id for turn in await stored_turns(world, run)] == [turn.id for turn in before]
    await world.stack.start("templates")
    await world.stack.wait_ready("templates", "orchestrator")
    await world.live(app)
    await world.api.succeeded(app, run)
    await assert_nothing_twice(world, app)


async def test_a_run_that_ends_its_process_again_and_again_ends_itself(world: World) -> None:
    """Its crashes are counted by hand: thirty real ones would each take as long as a lease."""
    app, run = await world.api.create_app(LEISURELY)
    await world.api.event(app, third_file)
    await world.stack.kill("orchestrator")
    database = world.database()
    async with database.begin() as session:
        (await session.get_one(Run, run)).crashes = Patience(failures=1, seconds=1).crashes
    await database.close()
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "internal_error")
    assert (await world.api.get(f"/v1/apps/{app}/usage"))["billable_microdollars"] == 0
    again = await world.api.send(app, QUICK)
    await world.live(app)
    await world.api.succeeded(app, again)


async def test_the_brokers_store_is_deleted_in_mid_run(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    queued = await world.api.send(app, QUICK)
    await world.api.event(app, third_file)
    for stream in ("WORK", "EVENTS", "DLQ"):
        await world.bus.jetstream.delete_stream(stream)
    await world.live(app)
    await world.api.succeeded(app, run)
    await world.live(app, 2)
    assert (await world.api.succeeded(app, queued))["version"] == 2


async def test_everything_around_is_away_for_a_while(world: World) -> None:
    """Database, broker and object store: requests say so, an open stream waits, runs go on afterwards."""
    app, run = await world.api.create_app(LEISURELY)
    await world.api.event(app, third_file)
    async with world.api.http.stream("GET", f"/v1/apps/{app}/events") as response:
        lines = response.aiter_lines()
        await anext(lines)
        for part in ("postgres", "nats", "edge"):
            await world.stack.kill(part)
        refused = await world.api.http.get("/v1/apps")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert (await world.api.http.get("/healthz")).status_code == 200
        for part in ("postgres", "nats", "edge"):
            await world.stack.start(part)
        await world.stack.wait_ready("postgres", "nats", "edge")
        async with asyncio.timeout(120):
            while (await world.api.http.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.1)
        await world.live(app)
        async with asyncio.timeout(120):
            while await anext(lines) != "event: run.succeeded":
                pass
    await world.api.succeeded(app, run)
    await assert_nothing_twice(world, app)


async def stored_turns(world: World, run: str) -> list[Turn]:
    database = world.database()
    async with database.begin() as session:
        found = await turns_db.turns_of(session, run)
    await database.close()
    return found


async def attempts_of(world: World, run: str) -> int:
    """How often the run was taken up."""
    database = world.database()
    async with database.begin() as session:
        found = (await session.get_one(Run, run)).attempts
    await database.close()
    return found


async def crash(world: World) -> None:
    await world.stack.kill("orchestrator")
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")


def is_attempt(nth: int, event: Event) -> bool:
    return event.type == "recovery.started" and bool(event.data["attempt"] == nth)


def third_file(event: Event) -> bool:
    return event.type == "file.written" and event.data["path"].endswith("note3.ts")


async def digest(world: World, app: str) -> str:
    return str((await world.api.get(f"/v1/apps/{app}/versions/1"))["tree_digest"])


async def assert_nothing_twice(world: World, app: str) -> None:
    events = await world.api.log(app)
    written = Counter(e.data["path"] for e in events if e.type == "file.written")
    assert set(written.values()) <= {1, 2 if "recovery.started" in {e.type for e in events} else 1}
    kinds = Counter(event.type for event in events)
    for once in ("run.queued", "run.started", "plan.ready", "deploy.started", "run.succeeded"):
        assert kinds[once] == 1, once
    assert kinds["version.created"] == 2  # the template and the run's own
