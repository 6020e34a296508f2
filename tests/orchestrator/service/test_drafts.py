"""What a failed run has written is not lost: the next message goes on from it, or starts over."""

from typing import Any

import pytest

from common.contracts import ErrorCategory
from dev.stack.client import Event
from tests.orchestrator.service.world import World, red

pytestmark = [pytest.mark.xdist_group("orchestrator-drafts"), pytest.mark.asyncio(loop_scope="session")]

NOTE, LOOKED = "src/lib/note.ts", "src/lib/looked.ts"
MORE = "Another file [[script:look]]"


async def test_the_next_message_goes_on_from_what_a_failed_run_has_written(world: World) -> None:
    app, before, failed = await app_with_draft(world)
    assert await world.api.get(f"/v1/apps/{app}/files") == before
    assert len(world.deployments(app)) == 1
    run = await world.api.send(app, MORE)
    await world.live(app, 3, failed=1)
    final = await world.api.succeeded(app, run)
    assert (final["draft"], final["draft_run_id"], final["base_version"]) == (False, failed, 1)
    assert await added(world, app) == [LOOKED, NOTE]
    assert not (await world.api.get(f"/v1/runs/{failed}"))["draft"]
    told = await opening(world, app)
    assert "<draft>\nThe request before failed after it had written files." in told
    assert f"\nAdded: {NOTE}\n" in told
    assert "\n- src/lib/quick.ts:1:14 TS2322: Type 'string' is not assignable to type 'number'.\n" in told
    assert f"{NOTE} (2 lines" in told


async def test_a_message_can_start_over(world: World) -> None:
    app, _, failed = await app_with_draft(world)
    body = {"content": MORE, "start_over": True}
    run = (await world.api.post(f"/v1/apps/{app}/messages", body))["run"]["id"]
    await world.live(app, 3, failed=1)
    assert (await world.api.succeeded(app, run))["draft_run_id"] is None
    assert await added(world, app) == [LOOKED]
    assert not (await world.api.get(f"/v1/runs/{failed}"))["draft"]
    assert "The person wants to start over" in await opening(world, app)


async def test_a_draft_does_not_undo_what_was_done_to_the_app_since(world: World) -> None:
    app, _, _ = await app_with_draft(world)
    await world.api.put_file(app, "src/lib/mine.ts", b"export const mine = 1;\n")
    run = await world.api.send(app, MORE)
    await world.live(app, 3, failed=1)
    final = await world.api.succeeded(app, run)
    assert (final["draft_run_id"], final["base_version"], final["version"]) == (None, 2, 3)
    assert await added(world, app, version=3, base=2) == [LOOKED]
    assert "changed by other means since" in await opening(world, app)


async def test_a_run_that_is_cancelled_leaves_no_draft_and_takes_none_away(world: World) -> None:
    app, _, failed = await app_with_draft(world)
    cancelled = await world.api.send(app, MORE)
    await world.build(app, 3)
    await world.api.event(app, lambda event: wrote(event, cancelled))
    await world.api.post(f"/v1/runs/{cancelled}/cancel")
    assert not (await world.api.ended(app, cancelled))["draft"]
    run = await world.api.send(app, "A file [[script:pause]]")
    await world.live(app, 4, failed=2)
    assert (await world.api.succeeded(app, run))["draft_run_id"] == failed
    assert await added(world, app) == [NOTE]


async def test_a_second_failure_goes_on_with_the_same_draft(world: World) -> None:
    app, _, failed = await app_with_draft(world)
    second = await world.api.send(app, MORE)
    await world.say(red(await world.build(app, 3), category=ErrorCategory.INFRASTRUCTURE))
    assert (await world.api.ended(app, second))["draft"]
    assert not (await world.api.get(f"/v1/runs/{failed}"))["draft"]
    run = await world.api.send(app, "A file [[script:quick]]")
    await world.live(app, 4, failed=2)
    assert (await world.api.succeeded(app, run))["draft_run_id"] == second
    assert await added(world, app) == [LOOKED, NOTE]


async def test_a_draft_survives_the_end_of_its_process_and_so_does_who_goes_on_from_it(world: World) -> None:
    app, _, failed = await app_with_draft(world)
    await restart(world)
    run = await world.api.send(app, "Six notes [[script:leisurely]]")
    await world.api.event(app, lambda event: wrote(event, run))
    await restart(world)
    await world.live(app, 3, failed=1)
    assert (await world.api.succeeded(app, run))["draft_run_id"] == failed
    assert await added(world, app) == [NOTE, *(f"src/lib/notes/note{number}.ts" for number in range(1, 7))]


async def app_with_draft(world: World) -> tuple[str, Any, str]:
    """An app at version 1, its files, and a run that has failed after it had written `NOTE`."""
    app, _ = await world.app()
    files = await world.api.get(f"/v1/apps/{app}/files")
    run = await world.api.send(app, "A note [[script:pause]]")
    await world.say(red(await world.build(app, 2), category=ErrorCategory.INFRASTRUCTURE))
    failed = await world.api.ended(app, run)
    assert (failed["state"], failed["draft"]) == ("failed", True)
    event = await world.api.event(app, lambda one: one.type == "run.failed" and one.data["run_id"] == run)
    assert event.data["draft"]
    return app, files, run


async def added(world: World, app: str, version: int = 2, base: int = 1) -> list[str]:
    diff = await world.api.get(f"/v1/apps/{app}/versions/{version}/diff?base={base}")
    assert (diff["changed"], diff["removed"]) == ([], [])
    return list(diff["added"])


async def opening(world: World, app: str) -> str:
    """What the app's last run was told first."""
    _, body = (await world.asked_model(app))[-1]
    return "\n".join(block["text"] for block in body["messages"][0]["content"])


def wrote(event: Event, run: str) -> bool:
    return event.type == "file.written" and event.data["run_id"] == run


async def restart(world: World) -> None:
    await world.stack.kill("orchestrator")
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
