"""Where a new app's creator names no template a model chooses one, with which no run fails."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from common.contracts.templates import TemplateRef
from common.http import http_client
from common.templates import TemplateClient
from dev.stack.environment import service_settings
from tests.orchestrator.service.foundations import HOME, OLD, release
from tests.orchestrator.service.test_names import CHEAP, conversations
from tests.orchestrator.service.test_names import requests_for_names as cheap_requests
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import QUICK, SECONDS, World

pytestmark = [pytest.mark.xdist_group("orchestrator-names"), pytest.mark.asyncio(loop_scope="session")]

PROMPT = "A list of birds [[script:chosen]]"
BADLY = "A list of birds [[script:chosen-badly]]"
NEVER = "A list of birds [[script:chosen-never]]"
CHOSEN = "birdhouse@1.0.0"
ABOUT = "For whoever keeps birds"
GUIDE = "The page is `src/pages/Home.tsx`."
USUAL = {"MODEL_NAME": CHEAP, "MODEL_SILENCE_SECONDS": "60", "MODEL_QUIET_SECONDS": "60"}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def choosing(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[None]:
    folder = tmp_path_factory.mktemp("birds")
    await release(world, folder, "birdhouse", "1.0.0", {**OLD, "GUIDE.md": GUIDE}, description=ABOUT)
    async with tuned(world, **USUAL, TEMPLATE_CHOICE_SECONDS="60"):
        yield


async def test_a_new_app_begins_with_what_the_model_has_chosen_once(world: World) -> None:
    created = await create(world, PROMPT)
    app, run = created["app"]["id"], created["run"]["id"]
    default = created["app"]["template"]
    assert default.startswith("vite-react@")
    await world.live(app)
    await world.api.succeeded(app, run)
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == CHOSEN
    [plan] = [event.data for event in await world.api.log(app) if event.type == "plan.ready"]
    assert plan["template"] == CHOSEN
    assert (await world.api.http.get(f"/v1/apps/{app}/files/{HOME}")).text == OLD[HOME]

    [(_, body)] = [one for one in await world.asked_model(app) if one[0]["model"] == CHEAP]
    assert f"birdhouse: {ABOUT}" in str(body["messages"])
    assert 'default="vite-react"' in str(body["messages"])
    told = str((await conversations(world, app))[0][1]["messages"])
    assert f"<guide>\\n{GUIDE}\\n</guide>" in told
    usage = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    [line] = [line for line in usage if line["model"] == CHEAP]
    assert (line["billing_class"], line["billed"], line["turns"]) == ("platform", False, 1)
    assert line["cost_microdollars"] > 0

    again = await world.api.send(app, QUICK)
    await world.live(app, nth=2)
    await world.api.succeeded(app, again)
    assert len(await cheap_requests(world, app)) == 1


async def test_a_template_that_is_named_stands_and_nobody_is_asked(world: World) -> None:
    created = await create(world, PROMPT, template="vite-react")
    assert (await planned(world, created))["template"] == created["app"]["template"]
    assert await cheap_requests(world, created["app"]["id"]) == []


async def test_a_template_that_there_is_not_is_the_default_at_the_platforms_expense(world: World) -> None:
    created = await create(world, BADLY)
    assert (await planned(world, created))["template"] == created["app"]["template"]
    [line] = await cheap_lines(world, created["app"]["id"])
    assert (line["billing_class"], line["turns"]) == ("platform", 1)


async def test_who_is_interrupted_is_asked_once_more_and_not_waited_for(world: World) -> None:
    created = await create(world, NEVER)
    app = created["app"]["id"]
    async with asyncio.timeout(SECONDS):
        while not await cheap_requests(world, app):
            await asyncio.sleep(0.05)
    async with tuned(world, **USUAL, TEMPLATE_CHOICE_SECONDS="0.5"):
        assert (await planned(world, created))["template"] == created["app"]["template"]
    [line] = await cheap_lines(world, app)
    assert (line["billing_class"], line["turns"]) == ("platform", 2)


async def test_another_templates_damaged_release_keeps_nobody_from_choosing(world: World) -> None:
    lost = world.stack.config.state / "templates.git/refs/tags/lost/v1.0.0"
    lost.parent.mkdir(parents=True)
    lost.write_text("1" * 40 + "\n")
    settings = service_settings(world.stack.config, world.stack.credentials, "orchestrator")
    token = SecretStr(settings["TEMPLATES_TOKEN"])
    try:
        listed = (await world.api.get("/v1/templates"))["items"]
        async with http_client(settings["TEMPLATES_URL"], token=token) as http:
            offered = await TemplateClient(http).offers()
            known = await TemplateClient(http).releases()
    finally:
        lost.unlink()
    assert {"birdhouse", "vite-react"} <= {item["name"] for item in listed}
    assert "lost" not in {item["name"] for item in listed}
    assert offered[TemplateRef.parse(CHOSEN)] == ABOUT
    assert {ref.name for ref in known} == {item["name"] for item in listed}


async def create(world: World, prompt: str, **body: Any) -> dict[str, Any]:
    """An app with a name, for which nobody is asked."""
    created: dict[str, Any] = await world.api.post("/v1/apps", {"prompt": prompt, "name": "Birds", **body})
    return created


async def planned(world: World, created: dict[str, Any]) -> dict[str, Any]:
    """What the app's first run has begun with."""
    found = await world.api.event(created["app"]["id"], lambda event: event.type == "plan.ready")
    return dict(found.data)


async def cheap_lines(world: World, app: str) -> list[dict[str, Any]]:
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    return [line for line in lines if line["model"] == CHEAP]
