"""A version is live before a browser has seen it; what that finds broken goes back to the model."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from common.clock import utcnow
from common.contracts import BuildRequested, DeploymentState, PageFinding, PagesState, Severity
from common.testing.budget import within
from dev.stack.client import Event
from tests.orchestrator.service.replica import another_replica
from tests.orchestrator.service.world import (
    QUICK,
    World,
    crash,
    deployed,
    green,
    pages,
    undeployable,
    verifying,
    waiting,
)

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

ADVICE = PageFinding(
    kind="overflow",
    severity=Severity.WARNING,
    message="The page is 40 px too wide.",
    route="/",
    widths=(390,),
)
RESTART = "Make it blue [[script:other]]"


async def built(world: World, app: str, nth: int = 1) -> BuildRequested:
    """The app's nth build, green, with nobody having looked at it yet."""
    asked = await world.build(app, nth)
    await world.say(green(asked), seen=False)
    return asked


async def fail(world: World, asked: BuildRequested, message: str = "TypeError: birds is undefined") -> None:
    await world.say(pages(green(asked), crash(message), ADVICE))


async def state_is(world: World, run: str, state: str, app: str) -> dict[str, Any]:
    """The run, which the app's events have just said is in this state."""
    found: dict[str, Any] = await world.api.get(f"/v1/runs/{run}")
    assert found["state"] == state, found
    return found


async def told(world: World, app: str, kind: str, *, after: int = 0) -> Event:
    return await world.api.event(app, lambda event: event.type == kind, after=after)


async def newest_deployment(world: World, app: str) -> dict[str, Any]:
    listed: list[dict[str, Any]] = (await world.api.get(f"/v1/apps/{app}/deployments"))["items"]
    return listed[0]


async def preview(world: World, app: str) -> dict[str, Any]:
    live: dict[str, Any] = (await world.api.get(f"/v1/apps/{app}"))["live"]["preview"]
    return live


async def test_what_no_browser_has_seen_yet_is_live_and_says_so(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await built(world, app)
    deployment = await world.deploy(app)
    event = await told(world, app, "deploy.finished")
    assert (event.data["state"], event.data["pages"]) == ("deployed", None)
    assert (await preview(world, app))["pages"] is None
    await state_is(world, run, "verifying", app)
    await world.say(pages(green(asked)))
    await world.api.succeeded(app, run)
    assert (await told(world, app, "run.succeeded")).data["pages"] == "passed"
    assert (await preview(world, app))["pages"] == "passed"
    shown = await world.api.get(f"/v1/apps/{app}/deployments/{deployment.deployment_id}")
    assert shown["pages"] == "passed"


@pytest.mark.parametrize("first", ["browser", "deployer", "neither"])
async def test_what_does_not_run_goes_back_to_the_model_whoever_tells_first(world: World, first: str) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await built(world, app)
    deployment = await world.deployment(app)
    if first == "deployer":
        await world.say(deployed(deployment))
        await told(world, app, "deploy.finished")
    elif first == "neither":
        await world.say(verifying(deployment))
    await fail(world, asked)
    recovery = await told(world, app, "recovery.started")
    assert (recovery.data["category"], recovery.data["build_id"]) == ("runtime", asked.build_id)
    if first != "deployer":
        await world.say(deployed(deployment))
    again = await built(world, app, 2)
    await world.say(pages(green(again)))
    second = await world.deploy(app, 2)
    assert second.version == 2
    final = await world.api.succeeded(app, run)
    assert (final["version"], final["recoveries"]) == (2, 1)
    assert (await preview(world, app))["deployment_id"] == second.deployment_id
    versions = (await world.api.get(f"/v1/apps/{app}/versions"))["items"]
    assert [version["run_id"] for version in versions] == [run, run, None]
    message = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][1]
    assert (message["type"], message["billing_ignore"]) == ("error_recovery", True)
    assert (
        "src/pages/Home.tsx:2:5 uncaught_error: TypeError: birds is undefined (page /)" in message["content"]
    )
    assert "     2 | birds.map" in message["content"]
    assert "overflow: The page is 40 px too wide. (page /, 390 px wide)" in message["content"]


async def test_a_browser_may_tell_before_the_build_has(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await world.build(app)
    await fail(world, asked)
    await told(world, app, "pages.checked")
    await world.say(green(asked), seen=False)
    await told(world, app, "recovery.started")
    await world.say(green(await world.build(app, 2)))
    await world.deploy(app, 2)
    assert (await world.api.succeeded(app, run))["version"] == 2


async def test_an_app_that_still_does_not_run_is_put_back(world: World) -> None:
    app, _ = await world.app()
    good = await world.deployment(app)
    run = await world.api.send(app, RESTART)
    asked = await built(world, app, 2)
    bad = await world.deploy(app, 2)
    await fail(world, asked)
    for nth in (3, 4):
        await fail(world, await built(world, app, nth))
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "pages_failed")
    assert final["draft"]
    assert "The same errors are there after two repairs" in final["error_message"]
    assert "goes back to its last good version" in final["error_message"]
    back = await world.rollback(app)
    assert (back.rollback_of, back.artifact) == (good.deployment_id, good.artifact)
    await world.say(deployed(back, replaced=bad.deployment_id))
    await world.api.event(app, lambda one: one.data.get("deployment_id") == back.deployment_id
                          and one.type == "deploy.finished")  # fmt: skip
    assert (await preview(world, app))["version"] == good.version
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == good.version


async def test_a_run_that_is_cancelled_while_it_repairs_is_put_back_too(world: World) -> None:
    app, _ = await world.app()
    run = await world.api.send(app, "Slowly [[script:leisurely]]")
    asked = await built(world, app, 2)
    await world.deploy(app, 2)
    await fail(world, asked)
    await told(world, app, "recovery.started")
    await world.build(app, 3)
    assert (await world.api.post(f"/v1/runs/{run}/cancel"))["state"] == "cancelled"
    assert (await world.rollback(app)).version == 1
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 1


async def test_a_first_version_that_does_not_run_stays_to_go_on_from(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    for nth in (1, 2, 3):
        await fail(world, await built(world, app, nth))
        await world.deploy(app, nth)
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "pages_failed")
    assert not final["draft"], "it is the head"
    assert "no earlier version to go back to" in final["error_message"]
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 3
    assert not [one for one in world.deployments(app) if one.rollback_of]


async def test_nothing_is_put_back_that_did_not_run_either(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    for nth in (1, 2, 3):
        await fail(world, await built(world, app, nth))
        await world.deploy(app, nth)
    await world.api.ended(app, run)
    again = await world.api.send(app, RESTART)
    for nth in (4, 5, 6):
        await fail(world, await built(world, app, nth))
        await world.deploy(app, nth)
    final = await world.api.ended(app, again)
    assert "no earlier version to go back to" in final["error_message"]
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 6
    assert not [one for one in world.deployments(app) if one.rollback_of]


async def test_what_a_user_puts_live_meanwhile_is_not_replaced(world: World) -> None:
    app, _ = await world.app()
    run = await world.api.send(app, "Slowly [[script:leisurely]]")
    asked = await built(world, app, 2)
    await world.deploy(app, 2)
    await fail(world, asked)
    await told(world, app, "recovery.started")
    path = f"/v1/apps/{app}/deployments"
    wanted = (await world.api.post(path, {"environment": "preview", "version": 0}))["deployment"]
    assert (await world.api.post(f"/v1/runs/{run}/cancel"))["state"] == "cancelled"
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 1
    listed = (await world.api.get(path))["items"]
    assert listed[0]["id"] == wanted["id"], listed
    await world.say(green(await world.build_of(app, wanted["build_id"])))


async def test_a_deployment_that_fails_ends_the_run_whatever_the_browser_says(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await built(world, app)
    await world.say(undeployable(await world.deployment(app)))
    final = await world.api.ended(app, run)
    assert final["error_code"] == "script_too_large"
    await fail(world, asked)
    await told(world, app, "pages.checked")
    assert (await world.api.get(f"/v1/runs/{run}"))["state"] == "failed"


async def test_a_browser_that_never_tells_leaves_the_version_unproven(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await built(world, app)
    await world.deploy(app)
    await told(world, app, "deploy.finished")
    database = world.database()
    async with database.begin() as session:
        old = "UPDATE builds SET finished_at = now() - interval '1 hour' WHERE id = :id"
        await session.execute(text(old), {"id": asked.build_id})
    await database.close()
    await world.api.succeeded(app, run)
    assert (await told(world, app, "run.succeeded")).data["pages"] == "unchecked"


async def test_a_run_whose_time_ends_once_it_is_live_does_not_say_that_nothing_changed(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    await built(world, app)
    await world.deploy(app)
    await told(world, app, "deploy.finished")
    database = world.database()
    async with database.begin() as session:
        old = "UPDATE runs SET started_at = now() - interval '1 hour' WHERE id = :id"
        await session.execute(text(old), {"id": run})
    await database.close()
    final = await world.api.ended(app, run)
    assert final["error_code"] == "run_timed_out"
    assert "It had made version 1 by then" in final["error_message"]


async def test_a_run_outlives_its_time_while_its_deployment_waits_and_tells_why_once(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await built(world, app)
    await world.say(pages(green(asked)))
    wanted = await world.deployment(app)
    now = utcnow()
    soon, later, last = (now + timedelta(seconds=seconds) for seconds in (90, 180, 270))
    for code, until in (("throttled", soon), ("throttled", later), ("away", last)):
        await world.say(waiting(wanted, code, until))
        async with asyncio.timeout(within(20)):
            while (seen := await newest_deployment(world, app))["waiting"] is None or (
                datetime.fromisoformat(seen["waiting"]["until"]) != until
            ):
                await asyncio.sleep(0.02)
    await world.say(waiting(wanted, "late", soon))
    first = await told(world, app, "deploy.waiting")
    assert (first.data["code"], datetime.fromisoformat(first.data["until"])) == ("throttled", soon)
    assert (await told(world, app, "deploy.waiting", after=first.seq or 0)).data["code"] == "away"
    assert (await newest_deployment(world, app))["waiting"]["code"] == "away"
    database = world.database()
    async with database.begin() as session:
        old = "UPDATE runs SET started_at = now() - interval '1 hour' WHERE id = :id"
        await session.execute(text(old), {"id": run})
    overdue = await world.api.create_app(QUICK)
    await built(world, overdue[0])
    async with database.begin() as session:
        await session.execute(text(old), {"id": overdue[1]})
    await database.close()
    assert (await world.api.ended(*overdue))["error_code"] == "run_timed_out"
    await world.say(deployed(wanted))
    await world.api.succeeded(app, run)
    assert (await newest_deployment(world, app))["waiting"] is None
    kinds = [one.data["code"] for one in await world.api.log(app) if one.type == "deploy.waiting"]
    assert kinds == ["throttled", "away"]


@pytest.mark.parametrize(
    ("findings", "state", "code"),
    [
        ((crash(),), PagesState.FAILED, "pages_failed"),
        ((), PagesState.UNCHECKED, "pages_unchecked"),
        ((), PagesState.PASSED, None),
    ],
    ids=["failed", "unchecked", "passed"],
)
async def test_nothing_goes_to_production_that_no_browser_has_passed(
    world: World, findings: tuple[PageFinding, ...], state: PagesState, code: str | None
) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    wanted = (await world.api.post(path, {"environment": "production"}))["deployment"]
    asked = await built(world, app, 2)
    await world.api.event(
        app, lambda one: one.type == "build.finished" and one.data["build_id"] == asked.build_id
    )
    assert (await world.api.get(f"{path}/{wanted['id']}"))["state"] == "building"
    await world.say(pages(green(asked), *findings, state=state))
    if code is None:
        assert (await world.deploy(app, 2)).deployment_id == wanted["id"]
    event = await world.api.event(
        app, lambda one: one.type == "deploy.finished" and one.data["deployment_id"] == wanted["id"]
    )
    expected = DeploymentState.DEPLOYED if code is None else DeploymentState.FAILED
    assert (event.data["state"], event.data["pages"]) == (expected, state)
    shown = await world.api.get(f"{path}/{wanted['id']}")
    assert ((shown["result"]["problem"] or {}).get("code"), shown["pages"]) == (code, state)
    again = (await world.api.post(path, {"environment": "production"}))["deployment"]
    built_anew = again["build_id"] != asked.build_id
    assert built_anew == (state is PagesState.UNCHECKED), "only what nobody saw is worth another build"
    if state is PagesState.FAILED:
        assert (again["state"], again["result"]["problem"]["code"]) == ("failed", code)


async def test_where_production_needs_no_proof_what_nobody_saw_is_not_built_again(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    async with another_replica(world, PROVEN_PRODUCTION="false") as trusting:
        first = (await trusting.post(path, {"environment": "production"}))["deployment"]
        asked = await built(world, app, 2)
        await world.say(pages(green(asked), state=PagesState.UNCHECKED))
        await world.api.event(
            app, lambda one: one.type == "pages.checked" and one.data["build_id"] == asked.build_id
        )
        again = (await trusting.post(path, {"environment": "production"}))["deployment"]
    assert again["build_id"] == first["build_id"]
