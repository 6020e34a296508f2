"""What a person hears of a run while the model works, and what they never hear: the vendor's own words."""

import asyncio
import json
from contextlib import aclosing
from itertools import pairwise

import pytest

from dev.stack.client import Event
from tests.orchestrator.service.world import World

BIRDS = "src/lib/birds.ts"
LINES = 200
VENDORS_WORDS = ("Gremlin", "gremlin", "47.11", "credit", "_error", "HTTP")

pytestmark = [pytest.mark.xdist_group("orchestrator-model"), pytest.mark.asyncio(loop_scope="session")]


async def test_a_follower_hears_the_model_think_and_a_file_grow(world: World) -> None:
    mine = await heard_of(world, "A list of birds [[script:long-file]]")
    thoughts = [e for e in mine if e.type == "message.delta" and e.data["kind"] == "thinking"]
    assert len(thoughts) > 3
    assert "".join(event.data["text"] for event in thoughts).startswith("The person wants")
    begun = [event for event in mine if event.type == "tool.started"]
    assert [(event.data["tool"], event.data["path"]) for event in begun] == [
        ("create_file", BIRDS),
        ("create_file", "src/lib/page.ts"),
        ("finish", None),
    ]
    grown = [event for event in mine if event.type == "file.progress" and event.data["path"] == BIRDS]
    sizes = [event.data["characters"] for event in grown]
    assert len(grown) >= 5
    assert all(before < after for before, after in pairwise(sizes))
    assert grown[-1].data["lines"] == LINES
    written = next(e for e in mine if e.type == "file.written" and e.data["path"] == BIRDS)
    assert sizes[-1] == written.data["size"]
    order = [mine.index(event) for event in (thoughts[0], begun[0], grown[0], grown[-1], begun[1])]
    assert order == sorted(order)
    assert {event.seq for event in (*thoughts, *begun, *grown)} == {None}


async def test_a_file_that_broke_off_is_not_told_as_one_that_grows(world: World) -> None:
    mine = await heard_of(world, "A list of birds [[script:cut-file]]")
    told = [event for event in mine if event.seq is None]
    kinds = [event.type for event in told]
    assert kinds.count("tool.started") == 3
    assert "file.progress" in kinds
    for before, after in pairwise(kinds):
        assert (before, after) != ("message.delta", "file.progress")


async def test_a_model_that_only_pings_is_asked_again_and_the_run_succeeds(world: World) -> None:
    app, run = await world.api.create_app("A list of birds [[script:pings]]")
    await world.live(app)
    await world.api.succeeded(app, run)
    logged = await world.model_requests("pings")
    assert [entry["outcome"] for entry in logged[-2:]] == ["tool_use", "tool_use"]
    assert len(logged) >= 3
    assert logged[0]["outcome"] in {"fault:pings", "disconnected"}


async def test_a_call_that_is_too_long_twice_is_split(world: World) -> None:
    app, run = await world.api.create_app("A list of birds [[script:cut-twice]]")
    await world.live(app)
    await world.api.succeeded(app, run)
    calls = [event.data for event in await world.api.log(app) if event.type == "tool.called"]
    assert [call["ok"] for call in calls] == [False, False, True, True]
    assert "second time" in calls[1]["message"]


async def test_a_call_that_is_too_long_three_times_ends_the_run(world: World) -> None:
    app, run = await world.api.create_app("A list of birds [[script:always-cut]]")
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "model_gave_up")
    assert "more at once than one of its answers can hold" in final["error_message"]
    logged = await world.model_requests("always-cut")
    assert [entry["stop_reason"] for entry in logged] == ["max_tokens"] * 3


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("vendor-401", "model_rejected"),
        ("vendor-402", "model_rejected"),
        ("vendor-403", "model_rejected"),
        ("vendor-stream", "model_rejected"),
        ("vendor-busy", "model_unavailable"),
    ],
)
async def test_nobody_reads_what_the_vendor_says_to_the_platform(
    world: World, script: str, code: str
) -> None:
    app, run = await world.api.create_app(f"A list of birds [[script:{script}]]")
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", code)
    expected = "account with the model's vendor" if code == "model_rejected" else "not available just now"
    assert expected in final["error_message"]
    pages = ["", "/messages", "/runs", "/usage", "/versions", "/builds", "/deployments"]
    shown = [await world.api.get(f"/v1/apps/{app}{page}") for page in pages]
    events = [(event.type, event.data) for event in await world.api.log(app)]
    readable = json.dumps([final, *shown, *events])
    assert [words for words in VENDORS_WORDS if words in readable] == []


async def heard_of(world: World, request: str) -> list[Event]:
    """What a follower hears of a message's run, which succeeds."""
    app, _ = await world.app()
    heard: list[Event] = []
    connected = asyncio.Event()
    hearing = asyncio.create_task(follow(world, app, heard, connected))
    await connected.wait()
    run = await world.api.send(app, request)
    await world.live(app, 2)
    await hearing
    await world.api.succeeded(app, run)
    return [event for event in heard if event.data.get("run_id") == run]


async def follow(world: World, app: str, heard: list[Event], connected: asyncio.Event) -> None:
    """Hears the app's events up to the success of its second run."""
    async with asyncio.timeout(240), aclosing(world.api.events(app)) as events:
        async for event in events:
            heard.append(event)
            ended = sum(one.type == "run.succeeded" for one in heard)
            if ended == 1:
                connected.set()
            if ended == 2:
                return
