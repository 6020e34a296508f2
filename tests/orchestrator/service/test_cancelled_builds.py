"""Builds end with what they are for: a deployment that is called off, an app that is deleted."""

import asyncio

import pytest

from common.contracts import BuildFinished, BuildRequested, BuildState
from tests.orchestrator.service.world import QUICK, World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]


def cancelled(asked: BuildRequested) -> BuildFinished:
    return BuildFinished(
        build_id=asked.build_id, app_id=asked.app_id, mode=asked.mode, state=BuildState.CANCELLED,
        message="The build was cancelled.", duration_ms=10,
    )  # fmt: skip


async def test_a_deployments_build_is_cancelled_and_the_deployment_fails(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    waiting = (await world.api.post(path, {"environment": "production"}))["deployment"]
    build = await world.build(app, 2)
    answer = await world.api.http.post(f"/v1/apps/{app}/builds/{build.build_id}/cancel")
    assert (answer.status_code, answer.json()["id"]) == (202, build.build_id)
    assert f"POST /v1/builds/{build.build_id}/cancel" in world.builder.requests
    await world.say(cancelled(build))
    ended = await world.api.event(app, lambda event: event.data.get("deployment_id") == waiting["id"]
                                  and event.type == "deploy.finished")  # fmt: skip
    problem = {"code": "build_failed", "message": "The build was cancelled.", "diagnostics": []}
    assert ended.data["problem"] == problem
    asked = len(world.builder.requests)
    assert (await world.api.post(f"/v1/apps/{app}/builds/{build.build_id}/cancel"))["state"] == "cancelled"
    assert len(world.builder.requests) == asked, "one that has ended is nobody's business any more"


async def test_a_runs_build_is_cancelled_with_its_run_only(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    build = await world.build(app)
    path = f"/v1/apps/{app}/builds/{build.build_id}/cancel"
    refused = await world.api.http.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "build_not_cancellable")
    assert (await world.other.http.post(path)).status_code == 404
    await world.api.post(f"/v1/runs/{run}/cancel")
    assert f"POST /v1/builds/{build.build_id}/cancel" in world.builder.requests


async def test_a_deleted_apps_builds_end_although_its_deployments_cannot_be_removed_yet(
    world: World,
) -> None:
    app, _ = await world.app()
    request = f"DELETE /v1/apps/{app}"
    world.deployer.answers[request] = 202
    await world.api.http.delete(f"/v1/apps/{app}")
    async with asyncio.timeout(120):
        while request not in world.builder.requests:
            await asyncio.sleep(0.05)
    world.deployer.answers[request] = 204
