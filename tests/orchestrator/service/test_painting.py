"""Pictures that are made for an app: files like others, ledgered like turns, and only where somebody does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from orchestrator.db.models import Turn
from orchestrator.domain.pictures import Picture, read_picture
from orchestrator.domain.placing import NOT_MADE
from tests.orchestrator.service.test_budgets import budget, delete, patch
from tests.orchestrator.service.test_crashes import assert_nothing_twice, crash
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import QUICK, SECONDS, World

pytestmark = [pytest.mark.xdist_group("orchestrator-painting"), pytest.mark.asyncio(loop_scope="session")]

PAINTER = "gpt-image-2"
PAINTS = "A heath [[script:paints]]"
LATE = "A heath [[script:paints-late]]"
TOOL = "generate_image"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def painter(world: World) -> AsyncIterator[None]:
    async with tuned(world, IMAGE_MODEL=PAINTER):
        yield


async def test_without_a_painter_there_is_no_such_tool(world: World) -> None:
    app, _ = await world.app(QUICK)
    asked = await world.asked_model(app)
    assert asked
    assert not [body for _, body in asked if TOOL in str(body)]
    app, _ = await world.app(PAINTS)
    told = [event.data for event in await called(world, app) if event.data["tool"] == TOOL]
    assert {(one["ok"], one["message"].partition(".")[0]) for one in told} == {
        (False, f"There is no tool '{TOOL}'")
    }
    assert await requests(world, "A wide heath at dawn") == []


@pytest.mark.usefixtures("painter")
async def test_a_picture_becomes_a_file_and_a_line_of_the_bill(world: World) -> None:
    app, run = await world.app(PAINTS)
    stored = await world.api.http.get(f"/v1/apps/{app}/files/public/heath.webp")
    assert read_picture(stored.content) == Picture("image/webp", 1536, 1024)
    told = [event.data for event in await called(world, app) if event.data["tool"] == TOOL]
    assert [one["ok"] for one in told] == [True, False, False, False, False]
    refused, unpaid, large, wrong = (one["message"] for one in told[1:])
    assert "was refused" in refused
    assert unpaid == NOT_MADE
    assert "at most 1,000,000" in large
    assert ".webp" in wrong
    assert not [theirs for theirs in ("safety system", "quota") if theirs in str(told)]
    [(entry, body)] = await requests(world, "A wide heath at dawn")
    assert (body["model"], body["size"], body["output_format"]) == (PAINTER, "1536x1024", "webp")
    turn, unused = await pictures(world, run)
    assert (unused.state, unused.billing_class) == ("done", "platform")
    assert (turn.state, turn.billing_class, turn.model) == ("done", "user", PAINTER)
    assert (turn.input_tokens, turn.output_tokens) == (
        entry["usage"]["input_tokens"],
        entry["usage"]["output_tokens"],
    )
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    [line] = [one for one in usage["lines"] if one["model"] == PAINTER and one["billing_class"] == "user"]
    assert (line["turns"], line["cost_microdollars"]) == (1, turn.cost_microdollars)
    assert line["cost_microdollars"] > 0
    conversation = [body for _, body in await world.asked_model(app)]
    assert len(conversation) == 2
    assert [TOOL in [tool["name"] for tool in body["tools"]] for body in conversation] == [True, True]


@pytest.mark.usefixtures("painter")
async def test_a_run_gets_five_pictures_at_most(world: World) -> None:
    app, run = await world.app("A heath [[script:paints-much]]")
    told = [event.data for event in await called(world, app) if event.data["tool"] == TOOL]
    assert [one["ok"] for one in told] == [True] * 5 + [False]
    assert "5 pictures" in told[-1]["message"]
    assert len(await pictures(world, run)) == 5


@pytest.mark.usefixtures("painter")
async def test_a_budget_that_is_used_up_pays_for_no_picture(world: World) -> None:
    used = (await budget(world.other, None, "tokens"))["used"]
    await patch(world.other, "/v1/me", tokens=used + 1)
    try:
        app, run = await world.other.create_app("A heath [[script:paints-much]]")
        final = await world.other.ended(app, run)
        assert final["error_code"] == "budget_exhausted"
        log = await world.other.log(app)
    finally:
        await patch(world.other, "/v1/me", tokens=None)
    told = [event.data for event in log if event.type == "tool.called"]
    assert len(told) == 6
    assert not [one for one in told if one["ok"] or "budget" not in one["message"]]
    assert await pictures(world, run) == []
    await delete(world.other, app)


@pytest.mark.usefixtures("painter")
async def test_a_crash_while_it_is_made_repeats_one_request(world: World) -> None:
    app, run = await world.api.create_app(LATE)
    async with asyncio.timeout(SECONDS):
        while not await requests(world, "A heath at dusk"):
            await asyncio.sleep(0.02)
    await crash(world)
    await world.live(app)
    await world.api.succeeded(app, run)
    assert len(await requests(world, "A heath at dusk")) == 2
    stored = await world.api.http.get(f"/v1/apps/{app}/files/public/heath.webp")
    assert read_picture(stored.content).width == 1024
    lost, made = await pictures(world, run)
    assert (lost.state, lost.billing_class) == ("lost", "platform")
    assert (made.state, made.billing_class) == ("done", "user")
    await assert_nothing_twice(world, app)


async def called(world: World, app: str) -> list[Any]:
    return [event for event in await world.api.log(app) if event.type == "tool.called"]


async def pictures(world: World, run: str) -> list[Turn]:
    """The run's requests for pictures, oldest first."""
    database = world.database()
    query = select(Turn).where(Turn.run_id == run, Turn.kind == "picture").order_by(Turn.seq.desc())
    async with database.begin() as session:
        found = list(await session.scalars(query))
    await database.close()
    return found


async def requests(world: World, prompt: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the vendor noted of the requests for pictures with a prompt that begins so, and their bodies."""
    async with httpx.AsyncClient(base_url=world.stack.simulator_url, trust_env=False) as http:
        found = []
        for entry in (await http.get("/__sim/requests")).json()["requests"]:
            body = (await http.get(f"/__sim/requests/{entry['id']}")).json()
            if body is not None and str(body.get("prompt", "")).startswith(prompt):
                found.append((entry, body))
    return found
