"""The model's list of steps as people see it, and as the next message's model does."""

import pytest

from tests.orchestrator.service.world import QUICK, World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]


async def test_a_list_of_steps_is_shown_and_what_was_left_open_is_handed_on(world: World) -> None:
    app, run = await world.api.create_app("A constant [[script:todo]]")
    await world.live(app)
    final = await world.api.succeeded(app, run)
    done = [{"text": "A constant", "done": True}, {"text": "A test of it", "done": False}]
    assert final["todo"] == done
    told = [event.data["items"] for event in await world.api.log(app) if event.type == "todo.updated"]
    assert told == [[{**done[0], "done": False}, done[1]], done], "once for each change"

    next_run = await world.api.send(app, QUICK)
    assert (await world.api.ended(app, next_run))["todo"] == []
    [*_, (_, body)] = await world.asked_model(app)
    opening = "".join(block["text"] for block in body["messages"][0]["content"])
    assert "<left_open>\n- A test of it\n</left_open>" in opening
