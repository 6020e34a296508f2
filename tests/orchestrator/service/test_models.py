"""Models of two vendors: runs with either, and runs that go from one to the other and stay there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from tests.orchestrator.service.world import QUICK, World, red
from tests.system.api import Api

pytestmark = [pytest.mark.xdist_group("orchestrator-models"), pytest.mark.asyncio(loop_scope="session")]

OUTAGE = "A list of birds [[script:outage]]"
OUTAGE_FILES = {f"src/lib/{name}.ts" for name in ("first", "second", "third")}
FALLBACK = "gpt-6.1-sol"
REPAIRS = "gpt-6.1-terra"
SETTINGS = {
    "MODEL_GENERATE": FALLBACK, "MODEL_REPAIR": REPAIRS, "MODEL_ATTEMPTS": "2", "MODEL_OPEN_SECONDS": "3600",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def routed(world: World) -> AsyncIterator[World]:
    """The orchestrator with a fallback; what is out stays left alone, so each test has a model of its own."""
    usual = world.stack.processes["orchestrator"].spec
    await restart(world, replace(usual, environment={**usual.environment, **SETTINGS}))
    yield world
    await restart(world, usual)


async def restart(world: World, spec: object) -> None:
    await world.stack.kill("orchestrator")
    world.stack.processes["orchestrator"].spec = spec  # type: ignore[assignment]  # as the stack has made it
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")


async def create(api: Api, prompt: str, model: str) -> tuple[str, str]:
    created = await api.post("/v1/apps", {"prompt": prompt, "model": model})
    return created["app"]["id"], created["run"]["id"]


async def requests(world: World, app: str) -> list[tuple[str, str]]:
    """Which model was asked for the app, in order, and with what outcome."""
    return [(entry["model"], entry["outcome"]) for entry, _ in await world.asked_model(app)]


async def lines(world: World, app: str) -> dict[tuple[str, str], dict[str, Any]]:
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    return {(line["model"], line["billing_class"]): line for line in usage["lines"]}


async def files(world: World, app: str) -> dict[str, str]:
    return {file["path"]: file["digest"] for file in (await world.api.get(f"/v1/apps/{app}/files"))["files"]}


async def changes(world: World, app: str) -> list[tuple[str, str]]:
    return [
        (event.data["former"], event.data["model"])
        for event in await world.api.log(app)
        if event.type == "model.changed"
    ]


async def test_an_openai_model_makes_the_same_app(world: World) -> None:
    app, run = await create(world.api, QUICK, FALLBACK)
    await world.live(app)
    final = await world.api.succeeded(app, run)
    assert (final["version"], final["model"]) == (1, None)
    assert {model for model, _ in await requests(world, app)} == {FALLBACK}
    [line] = (await lines(world, app)).values()
    assert (line["model"], line["turns"], line["billing_class"]) == (FALLBACK, 2, "user")
    assert line["cost_microdollars"] > 0
    other, _ = await world.app(QUICK)
    assert await files(world, app) == await files(world, other)


async def test_a_run_goes_on_with_another_model_and_stays_with_it(routed: World) -> None:
    undisturbed, _ = await create(routed.api, OUTAGE, FALLBACK)
    await routed.live(undisturbed)
    app, run = await create(routed.api, OUTAGE, "claude-sonnet-5-5")
    await routed.live(app)
    final = await routed.api.succeeded(app, run)
    assert final["model"] == FALLBACK
    assert await changes(routed, app) == [("claude-sonnet-5-5", FALLBACK)]
    assert [model for model, _ in await requests(routed, app)] == [
        *["claude-sonnet-5-5"] * 3,
        *[FALLBACK] * 3,
    ]
    found = await files(routed, app)
    assert found.keys() >= OUTAGE_FILES
    assert found == await files(routed, undisturbed)
    by_model = {model: line["turns"] for (model, _), line in (await lines(routed, app)).items()}
    assert by_model == {"claude-sonnet-5-5": 1, FALLBACK: 3}, "what a vendor refuses costs nothing"
    again = await routed.api.send(app, QUICK)
    await routed.live(app, 2)
    assert (await routed.api.succeeded(app, again))["model"] == FALLBACK
    assert (await requests(routed, app))[6][0] == FALLBACK, "what is out is left alone by other runs, too"


async def test_a_crash_in_the_middle_of_a_fallback_goes_on_with_it(routed: World) -> None:
    """A new process knows nothing of the outage: only the run does."""
    app, run = await create(routed.api, OUTAGE, "claude-opus-5-5")
    await routed.api.event(
        app, lambda event: event.type == "file.written" and event.data["path"] == "src/lib/second.ts"
    )
    await restart(routed, routed.stack.processes["orchestrator"].spec)
    await routed.live(app)
    assert (await routed.api.succeeded(app, run))["model"] == FALLBACK
    asked = [model for model, _ in await requests(routed, app)]
    assert asked[:3] == ["claude-opus-5-5"] * 3
    assert set(asked[3:]) == {FALLBACK}
    assert len(asked) <= 7
    assert (await files(routed, app)).keys() >= OUTAGE_FILES


@pytest.mark.parametrize("script", ["vendor-401", "vendor-402", "vendor-403"])
async def test_what_is_wrong_with_the_account_is_no_outage(routed: World, script: str) -> None:
    app, run = await create(routed.api, f"A list [[script:{script}]]", "claude-haiku-5-5")
    final = await routed.api.ended(app, run)
    assert (final["state"], final["error_code"], final["model"]) == ("failed", "model_rejected", None)
    assert {model for model, _ in await requests(routed, app)} == {"claude-haiku-5-5"}
    assert (await routed.api.get(f"/v1/apps/{app}/usage"))["billable_microdollars"] == 0


async def test_repairs_have_a_model_of_their_own(routed: World) -> None:
    app, run = await create(routed.api, QUICK, "claude-haiku-5-5")
    await routed.say(red(await routed.build(app)))
    await routed.live_after_repair(app)
    assert (await routed.api.succeeded(app, run))["model"] is None
    found = await lines(routed, app)
    assert found.keys() == {("claude-haiku-5-5", "user"), (REPAIRS, "repair")}
    assert found[REPAIRS, "repair"]["turns"] == 2


async def test_a_model_of_no_vendor_that_is_set_up(world: World) -> None:
    usual = world.stack.processes["orchestrator"].spec
    gone = {"OPENAI_API_KEY", "OPENAI_BASE_URL", *SETTINGS}
    alone = {key: value for key, value in usual.environment.items() if key not in gone}
    await restart(world, replace(usual, environment=alone))
    try:
        app, run = await create(world.api, QUICK, FALLBACK)
        final = await world.api.ended(app, run)
        assert (final["error_code"], await lines(world, app)) == ("model_rejected", {})
        assert await requests(world, app) == []
    finally:
        await restart(world, usual)
