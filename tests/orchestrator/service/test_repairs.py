"""Failed builds that the platform repairs by itself, before the model is asked."""

from typing import Any

import pytest

from common.contracts import BuildFinished, BuildRequested, FileFix, LineEdit
from tests.orchestrator.service.world import QUICK, World, green, red

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

PATH = "src/lib/quick.ts"


def fixable(asked: BuildRequested, text: str, *, line: int = 1) -> BuildFinished:
    edit = LineEdit(first_line=line, last_line=line, text=text)
    fix = FileFix(path=PATH, reasons=("imports useState",), edits=(edit,))
    return red(asked).model_copy(update={"fixes": (fix,)})


async def written(world: World, app: str) -> list[dict[str, Any]]:
    events = await world.api.log(app)
    return [e.data for e in events if e.type == "file.written" and e.data["tool"] == "fixer"]


async def test_a_repair_is_built_again_without_the_model(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    first = await world.build(app)
    asked = len(await world.model_requests("quick"))
    await world.say(fixable(first, "export const repaired = 1;"))
    again = await world.build(app, 2)
    assert again.source_digest != first.source_digest
    await world.live_after_repair(app)
    final = await world.api.succeeded(app, run)
    assert (final["recoveries"], final["version"]) == (0, 1)
    assert len(await world.model_requests("quick")) == asked
    [told] = await written(world, app)
    assert (told["path"], told["reasons"]) == (PATH, ["imports useState"])
    content = (await world.api.http.get(f"/v1/apps/{app}/files/{PATH}")).text
    assert content.startswith("export const repaired = 1;")
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    assert [message["type"] for message in messages] == ["prompt", "reply"]
    usage = await world.api.get(f"/v1/apps/{app}/usage")
    assert {line["billing_class"] for line in usage["lines"]} == {"user"}


async def test_after_two_rounds_the_model_is_asked_and_told_what_was_done(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(fixable(await world.build(app), "export const one = 1;"))
    await world.say(fixable(await world.build(app, 2), "export const two = 2;"))
    await world.say(fixable(await world.build(app, 3), "export const three = 3;"))
    await world.say(green(await world.build(app, 4)))
    await world.deploy(app)
    final = await world.api.succeeded(app, run)
    assert final["recoveries"] == 1
    assert len(await written(world, app)) == 2
    recovery = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][1]["content"]
    assert f"The platform has repaired by itself: {PATH} (imports useState, imports useState)." in recovery


async def test_a_repair_that_does_not_fit_leaves_the_build_to_the_model(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await world.say(fixable(await world.build(app), "x", line=999))
    await world.live_after_repair(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 1
    assert await written(world, app) == []
