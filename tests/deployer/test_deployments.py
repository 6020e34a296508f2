"""Deployments end to end: real NATS, Postgres and edge, the service as a process."""

import asyncio
import time

import pytest

from common.contracts import DeploymentState, Environment
from common.ids import new_id
from common.objects import Entry
from common.testing.budget import within
from tests.deployer.artifacts import noise, page, small_app
from tests.deployer.service import World, asked, new_app, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_deployment_puts_the_app_live(clean: World) -> None:
    app_id, script = new_app()
    done = await clean.deploy(app_id, small_app("Books"), version=3)

    assert (done.state, done.problem) == ("deployed", None)
    assert done.url == clean.edge.app_url(script)
    assert done.script_bytes is not None
    assert 90_000 < done.script_bytes < 900_000
    assert (done.embedded_files, done.stored_files, done.replaced) == (4, 0, None)
    answer = await clean.load(script)
    assert answer.status_code == 200
    assert f'window.ENV={{"APP_ID":"{app_id}"}}' in answer.text
    assert clean.phases(done.deployment_id) == ["deploying", "verifying"]
    async with clean.http() as http:
        seen = (await http.get(f"/v1/deployments/{done.deployment_id}")).json()
    assert (seen["state"], seen["live"], seen["version"]) == ("deployed", True, 3)
    assert set(seen["steps_ms"]) >= {"fetch", "prepare", "upload", "verify"}
    assert seen["duration_ms"] == done.duration_ms > 0


async def test_a_second_deployment_takes_its_place_in_one_call(clean: World) -> None:
    app_id, script = new_app()
    first = await clean.deploy(app_id, small_app("One"))
    await clean.clear_faults()
    second = await clean.deploy(app_id, small_app("Two"), version=2)
    assert second.replaced == first.deployment_id
    assert "Two" in (await clean.load(script)).text
    assert await clean.api_calls(script) == [f"PUT /workers/scripts/{script}"]


async def test_environments_are_apart(clean: World) -> None:
    app_id, script = new_app()
    artifact = await clean.upload(app_id, small_app("Preview"), packed=True)
    await clean.deploy(app_id, artifact=artifact)
    await clean.deploy(app_id, small_app("Production"), environment=Environment.PRODUCTION)
    assert "Preview" in (await clean.load(script)).text
    assert "Production" in (await clean.load(app_id)).text


async def test_three_megabytes_of_pictures_go_to_r2_and_are_sent_once(clean: World) -> None:
    app_id, script = new_app()
    pictures = {f"assets/p{n}-a1B2c3D4.png": noise(300_000, n) for n in range(10)}
    done = await clean.deploy(app_id, {**small_app(), **pictures})
    assert (done.state, done.stored_files, done.stored_bytes) == ("deployed", 10, 3_000_000)
    assert done.script_bytes is not None
    assert done.script_bytes < 200_000
    for path, data in list(pictures.items())[:3]:
        answer = await clean.load(script, f"/{path}")
        assert answer.content == data
        assert answer.headers["cache-control"].endswith("immutable")
    sent = await stored(clean)
    assert len(sent) >= len(pictures)
    await clean.deploy(app_id, {**small_app("Again"), **pictures})
    assert sent < await stored(clean)  # besides the changed code


async def test_an_app_of_many_small_files_is_served_whole(clean: World) -> None:
    """Their list is too long for the script, so the Worker finds it in R2."""
    app_id, script = new_app()
    tiny = {f"icons/{n:04}.png": noise(40, n) for n in range(1100)}
    done = await clean.deploy(app_id, {**small_app("Icons"), "docs/index.html": page(title="Docs"), **tiny})
    assert done.state is DeploymentState.DEPLOYED
    assert (done.embedded_files, done.stored_files) == (503, 602)  # two of 500 optional ones are others
    for path in list(tiny)[::100]:
        answer = await clean.load(script, f"/{path}")
        assert (answer.status_code, answer.content) == (200, tiny[path])
        assert answer.headers["content-type"] == "image/png"
    assert (await clean.load(script, "/docs")).headers["location"] == "/docs/"
    assert (await clean.load(script, "/icons/none.png")).status_code == 404
    assert "Icons" in (await clean.load(script, "/some/route", accept="text/html")).text


async def stored(world: World) -> set[Entry]:
    """The apps' stored files, with the time when each was sent."""
    async with world.assets() as assets:
        return {entry async for page in assets.entries("a/") for entry in page}


async def test_an_app_that_cannot_fit_fails_and_the_earlier_one_stays(clean: World) -> None:
    app_id, script = new_app()
    first = await clean.deploy(app_id, small_app("Small"))
    start = "assets/index-a1B2c3D4.js"
    huge = {"index.html": page(f'<script src="/{start}"></script>'), start: noise(950_000)}
    done = await clean.deploy(app_id, huge)
    assert problem_of(done).code == "script_too_large"
    assert start in problem_of(done).message
    assert "Small" in (await clean.load(script)).text
    async with clean.http() as http:
        assert (await http.get(f"/v1/deployments/{first.deployment_id}")).json()["live"]


@pytest.mark.parametrize(
    ("files", "artifact", "code"),
    [(None, "0" * 64, "artifact_missing"), ({"readme.txt": b"no page"}, None, "artifact_invalid")],
)
async def test_what_is_no_app_fails_with_its_reason(
    clean: World, files: dict[str, bytes] | None, artifact: str | None, code: str
) -> None:
    app_id, script = new_app()
    done = await clean.deploy(app_id, files, artifact=artifact)
    assert problem_of(done).code == code
    assert (await clean.load(script)).status_code == 404


async def test_a_deployment_waits_for_its_build(clean: World) -> None:
    app_id, script = new_app()
    artifact = await clean.upload(app_id, small_app("Built"))
    waiting = asked(app_id)
    await clean.send(waiting)
    async with asyncio.timeout(120), clean.changed:
        await clean.changed.wait_for(lambda: clean.phases(waiting.deployment_id) == ["building"])
    async with clean.http() as http:
        assert (await http.get(f"/v1/deployments/{waiting.deployment_id}")).json()["state"] == "building"
    await clean.send(waiting.model_copy(update={"artifact": artifact}))
    assert (await clean.finished(waiting.deployment_id)).state is DeploymentState.DEPLOYED
    await clean.send(waiting)  # the first message again, late
    assert (await clean.finished(waiting.deployment_id, times=2)).state is DeploymentState.DEPLOYED
    assert "Built" in (await clean.load(script)).text


async def test_the_same_request_many_times_is_one_deployment(clean: World) -> None:
    app_id, script = new_app()
    request = asked(app_id, artifact=await clean.upload(app_id, small_app()))
    await asyncio.gather(*(clean.send(request) for _ in range(6)))
    await clean.finished(request.deployment_id)
    await clean.send(request)
    await clean.finished(request.deployment_id, times=2)
    assert (await clean.api_calls(script)).count(f"PUT /workers/scripts/{script}") == 1


async def test_two_at_once_go_live_in_their_order(clean: World) -> None:
    app_id, script = new_app()
    requests = [
        asked(app_id, artifact=await clean.upload(app_id, small_app(f"Number {n}")), version=n)
        for n in (1, 2, 3)
    ]
    await asyncio.gather(*(clean.send(request) for request in reversed(requests)))
    done = [await clean.finished(request.deployment_id) for request in requests]
    assert done[-1].state is DeploymentState.DEPLOYED
    assert "Number 3" in (await clean.load(script)).text
    for item in done[:-1]:  # one that comes after a newer one is superseded
        assert item.state in {DeploymentState.DEPLOYED, DeploymentState.SUPERSEDED}


async def test_an_older_request_never_replaces_a_newer_one(clean: World) -> None:
    app_id, script = new_app()
    older = asked(app_id, artifact=await clean.upload(app_id, small_app("Older")))
    newer = await clean.deploy(app_id, small_app("Newer"))
    await clean.send(older)
    done = await clean.finished(older.deployment_id)
    assert (done.state, done.problem) == (DeploymentState.SUPERSEDED, None)
    assert (done.superseded_by, done.url) == (newer.deployment_id, newer.url)
    assert "Newer" in (await clean.load(script)).text


async def test_an_id_cannot_move_to_another_app(clean: World) -> None:
    done = await clean.deploy(new_app()[0], small_app())
    other, _ = new_app()
    await clean.send(asked(other, deployment_id=done.deployment_id, artifact="0" * 64))
    later = await clean.deploy(other, small_app("Later"))
    assert later.state is DeploymentState.DEPLOYED
    async with clean.http() as http:
        assert (await http.get(f"/v1/deployments/{done.deployment_id}")).json()["app_id"] == done.app_id
        assert len((await http.get("/v1/deployments", params={"app_id": other})).json()["items"]) == 1


async def test_a_rollback_points_back_without_an_upload(clean: World) -> None:
    app_id, script = new_app()
    first = await clean.deploy(app_id, small_app("First"))
    second = await clean.deploy(app_id, small_app("Second"), version=2)
    await clean.clear_faults()
    began = time.monotonic()
    back = await clean.deploy(app_id, rollback_of=first.deployment_id)
    assert time.monotonic() - began < within(5)
    assert (back.state, back.replaced) == ("deployed", second.deployment_id)
    assert back.script_bytes == first.script_bytes
    assert "First" in (await clean.load(script)).text
    assert not [call for call in await clean.api_calls(script) if call.startswith("PUT")]
    async with clean.http() as http:
        states = {
            item["id"]: (item["state"], item["live"])
            for item in (await http.get("/v1/deployments", params={"app_id": app_id})).json()["items"]
        }
    assert states == {
        first.deployment_id: ("deployed", False),
        second.deployment_id: ("rolled_back", False),
        back.deployment_id: ("deployed", True),
    }
    forth = await clean.deploy(app_id, rollback_of=second.deployment_id)
    assert forth.state is DeploymentState.DEPLOYED
    assert "Second" in (await clean.load(script)).text
    again = await clean.deploy(app_id, rollback_of=back.deployment_id)  # a rollback of a rollback
    assert again.state is DeploymentState.DEPLOYED
    assert "First" in (await clean.load(script)).text


async def test_a_rollback_to_a_version_cloudflare_forgot_uploads_it_again(clean: World) -> None:
    app_id, script = new_app()
    first = await clean.deploy(app_id, small_app("First"))
    await clean.deploy(app_id, small_app("Second"))
    async with clean.edge.api() as api:  # somebody removes the Worker by hand
        assert (await api.delete(f"/workers/scripts/{script}")).status_code == 200
    back = await clean.deploy(app_id, rollback_of=first.deployment_id)
    assert (back.state, back.problem) == ("deployed", None)
    assert "First" in (await clean.load(script)).text


@pytest.mark.parametrize("target", ["unknown", "failed", "another app's"])
async def test_a_rollback_to_what_was_never_live_fails(clean: World, target: str) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Live"))
    if target == "unknown":
        wanted = new_id("dep")
    elif target == "failed":
        wanted = (await clean.deploy(app_id, artifact="0" * 64)).deployment_id
    else:
        wanted = (await clean.deploy(new_app()[0], small_app())).deployment_id
    done = await clean.deploy(app_id, rollback_of=wanted)
    assert problem_of(done).code == "rollback_impossible"
    assert "Live" in (await clean.load(script)).text
