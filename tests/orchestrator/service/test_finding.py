"""The model finds what there is, is refused a double once, and moves a file; also through crashes."""

import pytest

from dev.stack.client import Event
from tests.orchestrator.service.test_crashes import crash
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

PROMPT = "Dates as people write them [[script:moves-files]]"
TODAY, DATES, MOVED = "src/components/Today.tsx", "src/lib/dates.ts", "src/lib/time/dates.ts"


async def test_what_was_refused_once_and_where_lines_have_moved_survives_crashes(world: World) -> None:
    """Killed after the refusal, and again between the move and an edit with numbers from before it."""
    app, run = await world.api.create_app(PROMPT)
    await world.api.event(app, lambda event: event.type == "tool.called" and not event.data["ok"])
    await crash(world)
    await world.api.event(app, lambda event: moved(event) and event.data["path"] == TODAY)
    await crash(world)
    await world.live(app)
    await world.api.succeeded(app, run)

    log = await world.api.log(app)
    called = [
        (one.data["tool"], one.data["path"], one.data["ok"]) for one in log if one.type == "tool.called"
    ]
    assert called == [
        ("search", None, True), ("create_file", DATES, True), ("create_file", TODAY, True),
        ("search", None, True), ("create_file", "src/lib/format.ts", False),
        ("create_file", "src/lib/format.ts", True), ("line_replace", DATES, True),
        ("rename_file", DATES, True), ("line_replace", MOVED, True), ("finish", None, True),
    ]  # fmt: skip
    refusal = next(one.data["message"] for one in log if one.type == "tool.called" and not one.data["ok"])
    assert 'formatDate in src/lib/dates.ts:6 (function): import { formatDate } from "@/lib/dates"' in refusal
    written = [(one.data["path"], one.data["deleted"]) for one in log if moved(one)]
    assert written == [(DATES, True), (MOVED, False), (TODAY, False)]
    assert (await world.api.http.get(f"/v1/apps/{app}/files/{DATES}")).status_code == 404
    assert (await text(world, app, TODAY)).startswith('import { formatDate } from "@/lib/time/dates";\n')
    lines = (await text(world, app, MOVED)).splitlines()
    assert lines[:6] == [
        "// top", 'import { cn } from "../utils";', "", "// the same", "// the second", "// the same",
    ]  # fmt: skip


def moved(event: Event) -> bool:
    return event.type == "file.written" and event.data["tool"] == "rename_file"


async def text(world: World, app: str, path: str) -> str:
    response = await world.api.http.get(f"/v1/apps/{app}/files/{path}")
    assert response.status_code == 200, response.text
    return response.text
