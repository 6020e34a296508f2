"""A theme is a change of a file as every other: stored, told, built and live; also through a crash."""

import pytest

from dev.stack.client import Event
from tests.orchestrator.service.test_crashes import crash
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

THEME = "src/theme.css"


async def test_a_theme_is_kept_through_a_crash_and_changed_by_a_later_call(world: World) -> None:
    app, run = await world.api.create_app("Quotes worth keeping [[script:theme]]")
    await world.api.event(app, themed)
    await crash(world)
    await world.live(app)
    await world.api.succeeded(app, run)

    log = await world.api.log(app)
    calls = [(one.data["tool"], one.data["ok"]) for one in log if one.type == "tool.called"]
    assert calls == [("set_theme", True), ("create_file", True), ("set_theme", True), ("finish", True)]
    assert [one.data["path"] for one in log if themed(one)] == [THEME, THEME]
    response = await world.api.http.get(f"/v1/apps/{app}/files/{THEME}")
    assert '/* set_theme {"preset": "paper", "primary": "#1f4b5f", "radius": "round"} */' in response.text
    assert "--primary: #1f4b5f;" in response.text


def themed(event: Event) -> bool:
    return event.type == "file.written" and event.data["tool"] == "set_theme"
