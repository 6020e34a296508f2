"""Files are built while the model still writes: nobody sees it but the model, and nobody pays for it."""

import asyncio
import itertools
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from common.contracts import BuildUsage, Diagnostic, source_key
from dev.stack.client import Event
from orchestrator.db.models import Turn
from tests.orchestrator.service.test_costs import restart
from tests.orchestrator.service.world import LEISURELY, QUICK, World, green, red

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]


async def asked(world: World, app: str, nth: int = 1) -> Any:
    async with asyncio.timeout(120), world.changed:
        await world.changed.wait_for(lambda: len(world.speculative(app)) >= nth)
    return world.speculative(app)[nth - 1]


async def history(world: World, app: str, run: str) -> list[Event]:
    """All events of the app up to its run's success."""
    found = []
    async with aclosing(world.api.events(app)) as events:
        async for event in events:
            found.append(event)
            if event.type == "run.succeeded" and event.data.get("run_id") == run:
                return found
    raise AssertionError("the event stream ended")


async def test_finished_files_were_asked_for_before_and_have_the_same_source(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    first = await asked(world, app)
    build = await world.build(app)
    assert (first.run_id, first.template) == (run, build.template)
    digests = [speculative.source_digest for speculative in world.speculative(app)]
    assert len(set(digests)) == len(digests), "each state of the files once"
    usage = BuildUsage(cpu_seconds=1, memory_byte_seconds=2)
    await world.say(green(first).model_copy(update={"usage": usage}), seen=False)
    await world.live(app)
    await world.api.succeeded(app, run)
    listed = (await world.api.get(f"/v1/apps/{app}/builds"))["items"]
    assert [item["id"] for item in listed] == [build.build_id]
    told = {event.data["build_id"] for event in await history(world, app, run) if event.data.get("build_id")}
    assert told == {build.build_id}


async def test_errors_reach_the_model_before_it_has_finished_and_are_no_recovery(world: World) -> None:
    before = len(await world.model_requests("leisurely"))
    app, run = await world.api.create_app(LEISURELY)
    failing = asyncio.create_task(fail_all(world, app))
    await world.build(app)
    failing.cancel()
    await world.live(app)
    await world.api.succeeded(app, run)
    (note,) = await notes(world, run)
    assert "1 problem" in note, "the same errors are told once"
    assert "src/lib/quick.ts:1:14 TS2322: Property 'note' does not exist." in note
    requests = (await world.model_requests("leisurely"))[before:]
    assert [request["extends"] for request in requests] == [None] + [True] * 6, "the history only grows"
    assert "recovery.started" not in {event.type for event in await history(world, app, run)}
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    assert {line["billing_class"] for line in lines} == {"user"}


async def test_what_could_be_better_reaches_the_model_before_it_has_finished(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    first = await asked(world, app)
    left = Diagnostic(file="src/App.tsx", line=1, code="prerender", message="/ was left to the browser")
    await world.say(green(first).model_copy(update={"diagnostics": (left,)}), seen=False)
    build = await world.build(app)
    await world.say(green(build).model_copy(update={"diagnostics": (left,)}))
    await world.deploy(app)
    await world.api.succeeded(app, run)
    (note,) = await notes(world, run)
    assert "src/App.tsx:1 prerender: / was left to the browser" in note
    listed = (await world.api.get(f"/v1/apps/{app}/builds"))["items"]
    assert [found["message"] for found in listed[0]["result"]["diagnostics"]] == [left.message]


async def fail_all(world: World, app: str) -> None:
    """Plays the builder: whatever is built speculatively fails in the same way."""
    for nth in itertools.count(1):
        await world.say(red(await asked(world, app, nth), "Property 'note' does not exist."))


async def notes(world: World, run: str) -> list[str]:
    """What the model was told beside the results of its tools."""
    database = world.database()
    async with database.begin() as session:
        found = await session.scalars(
            select(Turn.injected).where(Turn.run_id == run, Turn.injected.is_not(None))
        )
        texts = [str(text) for text in found]
    await database.close()
    return texts


async def test_files_that_are_finished_with_their_writing_are_asked_for_once(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.live(app)
    await world.api.succeeded(app, run)
    assert len(world.speculative(app)) <= 1
    assert len(world.builds(app)) == 1


async def test_a_cancelled_run_takes_its_speculative_build_with_it(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    build = await asked(world, app)
    await world.api.post(f"/v1/runs/{run}/cancel")
    assert f"POST /v1/builds/{build.build_id}/cancel" in world.builder.requests


async def test_switched_off_files_are_built_when_they_are_finished_only(world: World) -> None:
    usual = world.stack.processes["orchestrator"].spec
    await restart(world, replace(usual, environment={**usual.environment, "SPECULATIVE_BUILDS": "false"}))
    try:
        app, run = await world.api.create_app(LEISURELY)
        await world.live(app)
        await world.api.succeeded(app, run)
    finally:
        await restart(world, usual)
    assert world.speculative(app) == []
    assert len(world.builds(app)) == 1


async def test_a_source_that_builders_have_is_not_stored_again(world: World) -> None:
    app, run = await world.api.create_app("A note [[script:pause]]")
    key = source_key(app, (await asked(world, app)).source_digest)
    async with world.objects() as store:
        await store.put(key, b"still there")
        assert source_key(app, (await world.build(app)).source_digest) == key
        assert await store.get(key) == b"still there"
    await world.api.post(f"/v1/runs/{run}/cancel")
