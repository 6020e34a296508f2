"""New apps get a name and a logo beside their first run, which neither waits for them nor fails with them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from dev.stack.client import Event
from orchestrator.db.models import Run, Turn
from orchestrator.domain.logo import ICON, drawing, monogram
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import SECONDS, World

pytestmark = [pytest.mark.xdist_group("orchestrator-names"), pytest.mark.asyncio(loop_scope="session")]

CHEAP = "claude-haiku-5-5"
PROMPT = "A list of birds [[script:named]]"
BADLY = "A list of birds [[script:named-badly]]"
SLOWLY = "A list of birds [[script:named-slowly]]"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def names(world: World) -> AsyncIterator[None]:
    usual = {"MODEL_NAME": CHEAP, "TEMPLATE_CHOICE_SECONDS": "0"}
    async with tuned(world, **usual, MODEL_SILENCE_SECONDS="60", MODEL_QUIET_SECONDS="60"):
        yield


async def test_a_new_app_gets_a_name_and_a_logo(world: World) -> None:
    created = await world.api.post("/v1/apps", {"prompt": PROMPT})
    app, run = created["app"]["id"], created["run"]["id"]
    updated = await world.api.event(app, of_type("app.updated"))
    name = (await world.api.get(f"/v1/apps/{app}"))["name"]
    assert (updated.data["name"], updated.data["named_by"]) == (name, "model")
    assert updated.data["run_id"] == run
    answer = await world.api.http.get(f"/v1/apps/{app}/logo")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"] == f'"{updated.data["logo"]}"'
    assert drawing(answer.text) == answer.text
    seen = {"if-none-match": answer.headers["etag"]}
    assert (await world.api.http.get(f"/v1/apps/{app}/logo", headers=seen)).status_code == 304

    await world.live(app)
    await world.api.succeeded(app, run)
    icon = await world.api.http.get(f"/v1/apps/{app}/files/{ICON}")
    assert icon.content == answer.content
    diff = await world.api.get(f"/v1/apps/{app}/versions/1/diff")
    assert (diff["added"], diff["changed"]) == (["src/lib/another.ts", "src/lib/note.ts"], [ICON])
    written = [event.data for event in await world.api.log(app) if event.type == "file.written"]
    assert [one["tool"] for one in written if one["path"] == ICON] == ["logo"]
    told = str([body["messages"] for _, body in await conversations(world, app)][-1])
    assert told.count(f"<app_name>\\n{name}\\n") == 1


async def test_what_it_costs_is_billed_and_is_no_turn_of_the_conversation(world: World) -> None:
    app, run = await world.api.create_app(PROMPT)
    await world.live(app)
    await world.api.succeeded(app, run)
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    [naming] = [line for line in lines if line["model"] == CHEAP]
    assert (naming["billing_class"], naming["turns"]) == ("user", 1)
    assert naming["output_tokens"] > 0
    assert naming["cost_microdollars"] > 0
    [asked] = await requests_for_names(world, app)
    assert asked["usage"]["output_tokens"] == naming["output_tokens"]
    [turn] = await naming_turns(world, app)
    assert (turn.kind, turn.state, turn.run_id) == ("naming", "done", run)
    [others] = [line for line in lines if line["model"] != CHEAP]
    assert others["turns"] == 3
    everything = (await world.api.get("/v1/usage"))["lines"]
    assert sum(line["turns"] for line in everything if line["app_id"] == app) == 4


async def test_a_given_name_is_kept_and_nobody_is_asked(world: World) -> None:
    created = await world.api.post("/v1/apps", {"prompt": PROMPT, "name": "Birdwatch"})
    app, run = created["app"]["id"], created["run"]["id"]
    await world.live(app)
    await world.api.succeeded(app, run)
    assert (await world.api.get(f"/v1/apps/{app}"))["name"] == "Birdwatch"
    assert await requests_for_names(world, app) == []
    logo = (await world.api.http.get(f"/v1/apps/{app}/logo")).text
    assert logo == monogram("Birdwatch", app)
    assert (await world.api.http.get(f"/v1/apps/{app}/files/{ICON}")).text == logo


async def test_a_name_that_a_person_gives_meanwhile_wins(world: World) -> None:
    app, run = await world.api.create_app(SLOWLY)
    await asked_for_a_name(world, app)
    await rename(world, app, "Mine")
    updated = await world.api.event(app, of_type("app.updated"))
    assert (updated.data["name"], updated.data["named_by"], updated.data["run_id"]) == (
        "Mine",
        "person",
        None,
    )
    await world.api.post(f"/v1/runs/{run}/cancel")
    run = await world.api.send(app, PROMPT)
    await world.live(app)
    await world.api.succeeded(app, run)
    assert (await world.api.get(f"/v1/apps/{app}"))["name"] == "Mine"
    assert len(await requests_for_names(world, app)) == 1


async def test_nonsense_leaves_the_derived_name_and_a_monogram_and_costs_nothing(world: World) -> None:
    created = await world.api.post("/v1/apps", {"prompt": BADLY})
    app, run, name = created["app"]["id"], created["run"]["id"], created["app"]["name"]
    await world.live(app)
    await world.api.succeeded(app, run)
    assert (await world.api.get(f"/v1/apps/{app}"))["name"] == name
    logo = (await world.api.http.get(f"/v1/apps/{app}/logo")).text
    assert logo == monogram(name, app)
    assert (await world.api.http.get(f"/v1/apps/{app}/files/{ICON}")).text == logo
    assert "app.updated" not in {event.type for event in await world.api.log(app)}
    [turn] = await naming_turns(world, app)
    assert (turn.state, turn.billing_class) == ("done", "platform")


async def test_a_crash_asks_once_more_and_not_again(world: World) -> None:
    app, run = await world.api.create_app(SLOWLY)
    for asked in (1, 2, 2):
        await asked_for_a_name(world, app, asked)
        await world.stack.kill("orchestrator")
        await world.stack.start("orchestrator")
        await world.stack.wait_ready("orchestrator")
    await settled(world, app)
    assert len(await requests_for_names(world, app)) == 2
    await world.api.post(f"/v1/runs/{run}/cancel")
    found = [(turn.state, turn.billing_class) for turn in await naming_turns(world, app)]
    assert found == [("lost", "platform")] * 2


async def test_a_cancelled_run_leaves_nothing_on_its_way(world: World) -> None:
    app, run = await world.api.create_app(SLOWLY)
    await asked_for_a_name(world, app)
    assert (await world.api.post(f"/v1/runs/{run}/cancel"))["state"] == "cancelled"
    found = [(turn.state, turn.billing_class) for turn in await naming_turns(world, app)]
    assert found == [("lost", "platform")]
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert {line["model"]: line["billed"] for line in usage["lines"]}[CHEAP] is False


def of_type(kind: str) -> Any:
    def is_it(event: Event) -> bool:
        return event.type == kind

    return is_it


async def rename(world: World, app: str, name: str) -> None:
    answer = await world.api.http.patch(f"/v1/apps/{app}", json={"name": name})
    assert answer.status_code == 200


async def conversations(world: World, app: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(entry, body) for entry, body in await world.asked_model(app) if entry["model"] != CHEAP]


async def requests_for_names(world: World, app: str) -> list[dict[str, Any]]:
    return [entry for entry, _ in await world.asked_model(app) if entry["model"] == CHEAP]


async def asked_for_a_name(world: World, app: str, times: int = 1) -> None:
    """Until the vendor has been asked so often."""
    async with asyncio.timeout(SECONDS):
        while len(await requests_for_names(world, app)) < times:
            await asyncio.sleep(0.05)


async def settled(world: World, app: str) -> None:
    """Until none of the app's requests for a name is on its way."""
    async with asyncio.timeout(SECONDS):
        while any(turn.finished_at is None for turn in await naming_turns(world, app)):
            await asyncio.sleep(0.05)


async def naming_turns(world: World, app: str) -> list[Turn]:
    database = world.database()
    query = select(Turn).join(Run, Run.id == Turn.run_id).where(Run.app_id == app, Turn.kind == "naming")
    async with database.begin() as session:
        found = list(await session.scalars(query.order_by(Turn.started_at)))
    await database.close()
    return found
