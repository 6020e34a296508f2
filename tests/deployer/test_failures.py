"""What a deployment does when the world around it fails, or itself."""

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from common.contracts import DeploymentState
from tests.deployer.artifacts import noise, small_app
from tests.deployer.service import World, asked, new_app, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PICTURE = noise(100_000, 42)
WITH_SECRET = new_app()[0]


async def until_called(world: World, call: str) -> None:
    async with asyncio.timeout(120):
        while call not in await world.api_calls():
            await asyncio.sleep(0.02)


async def live_count(world: World, script: str) -> int:
    async with world.edge.api() as api:
        result = (await api.get(f"/workers/scripts/{script}/deployments")).json()["result"]
    return len(result["deployments"][0]["versions"])


async def lose_the_picture_while_uploading(world: World, app_id: str, script: str) -> str:
    """Deploy an app that goes live without its picture; the deployment's id."""
    await world.clear_faults()
    await world.fault("PUT", f"{script}$", {"delay_ms": 2500})
    request = asked(app_id, artifact=await world.upload(app_id, {**small_app("Bad"), "p.png": PICTURE}))
    async with world.assets() as assets:  # which takes a while to open, and the upload does not wait
        await world.send(request)
        await until_called(world, f"PUT /workers/scripts/{script}")
        await assets.delete(f"a/{hashlib.sha256(PICTURE).hexdigest()}")
    return request.deployment_id


async def test_an_app_that_does_not_answer_as_built_is_taken_back(clean: World) -> None:
    app_id, script = new_app()
    first = await clean.deploy(app_id, small_app("Good"))
    done = await clean.finished(await lose_the_picture_while_uploading(clean, app_id, script))
    assert problem_of(done).code == "verification_failed"
    assert "/p.png answers HTTP 502" in problem_of(done).message
    assert "Good" in (await clean.load(script)).text
    async with clean.http() as http:
        assert (await http.get(f"/v1/deployments/{first.deployment_id}")).json()["live"]


async def test_deploying_again_brings_a_lost_file_back(clean: World) -> None:
    app_id, script = new_app()
    artifact = await clean.upload(app_id, {**small_app("Lost"), "a.png": noise(70_000, 43), "p.png": PICTURE})
    await clean.deploy(app_id, artifact=artifact)
    async with clean.assets() as assets:
        await assets.delete(f"a/{hashlib.sha256(PICTURE).hexdigest()}")
    assert (await clean.load(script, "/p.png")).status_code == 502
    # What R2 is known to hold is not asked for with every deployment: 195 files would be 195 requests.
    await clean.deploy(app_id, {**small_app("Next"), "a.png": noise(70_000, 43), "p.png": PICTURE})
    assert (await clean.load(script, "/p.png")).status_code == 502
    await clean.deploy(app_id, artifact=artifact)
    await clean.deploy(app_id, artifact=artifact)
    assert (await clean.load(script, "/p.png")).content == PICTURE


async def test_what_failed_its_verification_is_looked_for_again(clean: World) -> None:
    app_id, script = new_app()
    await clean.finished(await lose_the_picture_while_uploading(clean, app_id, script))
    done = await clean.deploy(app_id, {**small_app("Good"), "p.png": PICTURE})
    assert done.state is DeploymentState.DEPLOYED
    assert (await clean.load(script, "/p.png")).content == PICTURE


async def test_a_first_deployment_that_fails_leaves_no_worker(clean: World) -> None:
    app_id, script = new_app()
    done = await clean.finished(await lose_the_picture_while_uploading(clean, app_id, script))
    assert problem_of(done).code == "verification_failed"
    assert (await clean.load(script)).status_code == 404
    async with clean.edge.api() as api:
        assert (await api.get(f"/workers/scripts/{script}/settings")).status_code == 404


async def test_an_upload_that_cloudflare_only_claims_to_have_taken(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("True"))
    lie = {"success": True, "errors": [], "messages": [], "result": {"deployment_id": "0" * 32}}
    await clean.fault("PUT", f"{script}$", {"status": 200, "body": lie})
    done = await clean.deploy(app_id, small_app("Claimed"))
    assert problem_of(done).code == "verification_failed"
    assert "True" in (await clean.load(script)).text


@pytest.mark.parametrize(
    "answers",
    [
        [{"status": 429, "headers": {"retry-after": "1"}, "body": "slow down"}],
        [{"status": 500, "body": "<html>error</html>"}] * 2,
        [{"status": 200, "body": "nonsense"}, {"drop": True}],
    ],
    ids=["429", "5xx", "nonsense"],
)
async def test_what_passes_delays_only(clean: World, answers: list[dict[str, Any]]) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", *answers)
    done = await clean.deploy(app_id, small_app("Late"))
    assert done.state is DeploymentState.DEPLOYED
    assert "Late" in (await clean.load(script)).text


async def test_what_cloudflare_refuses_fails_at_once_and_the_earlier_one_stays(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Earlier"))
    await clean.fault(
        "PUT", f"{script}$", {"status": 403, "body": "<html>Sorry, you have been blocked</html>"}
    )
    done = await clean.deploy(app_id, small_app("Never"))
    assert problem_of(done).code == "cloudflare_denied"
    assert "Earlier" in (await clean.load(script)).text
    assert (await clean.deploy(app_id, small_app("Now"))).state is DeploymentState.DEPLOYED


async def test_a_script_too_large_for_cloudflare_is_tried_smaller(clean: World) -> None:
    app_id, script = new_app()
    too_large = {"success": False, "errors": [{"code": 10027, "message": "too large"}], "result": None}
    await clean.fault("PUT", f"{script}$", {"status": 413, "body": too_large})
    extras = {f"extra{n}.png": noise(60_000, n) for n in range(13)}
    done = await clean.deploy(app_id, {**small_app("Smaller"), **extras})
    assert done.state is DeploymentState.DEPLOYED
    assert done.script_bytes is not None
    assert done.script_bytes <= 540_000
    assert done.stored_files > 0


@pytest.mark.parametrize("applied", [False, True])
async def test_a_crash_in_the_middle_is_taken_up_again(clean: World, applied: bool) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Before"))
    await clean.clear_faults()
    put = f"PUT /workers/scripts/{script}"
    await clean.fault("PUT", f"{script}$", {"hang": True, "apply": applied})
    request = asked(app_id, artifact=await clean.upload(app_id, small_app("After")))
    await clean.send(request)
    await until_called(clean, put)
    if applied:
        async with asyncio.timeout(120):
            while "After" not in (await clean.load(script)).text:
                await asyncio.sleep(0.02)
    clean.stop(signal.SIGKILL)
    await clean.start()

    done = await clean.finished(request.deployment_id)
    assert (done.state, done.problem) == ("deployed", None)
    assert "After" in (await clean.load(script)).text
    assert (await clean.api_calls(script)).count(put) == (1 if applied else 2)
    assert await live_count(clean, script) == 1
    told = [event for event in clean.events if event.deployment_id == request.deployment_id]
    assert [type(event).__name__ for event in told].count("DeploymentFinished") == 1


async def test_a_shutdown_hands_the_work_over(clean: World) -> None:
    clean.stop()
    await clean.start({"LEASE_SECONDS": "600"})  # nobody waits for that to run out
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"hang": True})
    request = asked(app_id, artifact=await clean.upload(app_id, small_app("Handed over")))
    await clean.send(request)
    await until_called(clean, f"PUT /workers/scripts/{script}")
    clean.stop(signal.SIGTERM)
    await clean.start()
    done = await clean.finished(request.deployment_id)
    assert done.state is DeploymentState.DEPLOYED
    assert "Handed over" in (await clean.load(script)).text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cut_off(service: World) -> AsyncIterator[World]:
    """The service without patience, its bucket for stored files and the key of earlier secrets."""
    async with service.http() as http:
        await http.put(f"/v1/apps/{WITH_SECRET}/secrets/preview/TOKEN", json={"value": "x"})
    service.stop()
    await service.start(
        {
            "R2_ENDPOINT_URL": "http://127.0.0.1:9",
            "MAX_WAIT_SECONDS": "0.5",
            "BUILD_WAIT_SECONDS": "0.3",
            "SECRETS_KEYS": f"2:{'A' * 43}=,1:lost",
        }
    )
    yield service


async def test_a_store_that_stays_away_ends_the_attempts(cut_off: World) -> None:
    app_id, script = new_app()
    done = await cut_off.deploy(app_id, {**small_app(), "p.png": noise(90_000, 5)})
    assert problem_of(done).code == "attempts_exhausted"
    assert "object store" in problem_of(done).message
    assert (await cut_off.load(script)).status_code == 404


async def test_a_build_that_never_comes_fails_its_deployment(cut_off: World) -> None:
    done = await cut_off.deploy(new_app()[0])
    assert problem_of(done).code == "build_missing"


async def test_a_secret_of_a_lost_key_fails_with_its_name(cut_off: World) -> None:
    done = await cut_off.deploy(WITH_SECRET, small_app())
    assert problem_of(done).code == "secret_unreadable"
    assert "TOKEN" in problem_of(done).message


async def test_a_secret_whose_key_never_comes_fails_with_the_keys_id(cut_off: World) -> None:
    app_id, _ = new_app()
    async with cut_off.http() as http:
        await http.put(f"/v1/apps/{app_id}/secrets/preview/TOKEN", json={"value": "x"})
    await cut_off.execute("UPDATE app_secrets SET key_id = '9' WHERE app_id = :app", app=app_id)
    done = await cut_off.deploy(app_id, small_app())
    assert problem_of(done).code == "secret_unreadable"
    assert "TOKEN is sealed under the key '9'" in problem_of(done).message
