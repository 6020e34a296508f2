"""A deployer whose lease was taken over changes nothing of what is live any more."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from common.contracts import DeployRequested, Environment
from common.testing.budget import within
from dev.edge.launcher import Edge
from tests.deployer.artifacts import noise, small_app
from tests.deployer.service import WAIT, World, asked, new_app, world
from tests.deployer.test_failures import PICTURE, until_called

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOO_LARGE = {"success": False, "errors": [{"code": 10027, "message": "too large"}], "result": None}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slow(
    edge: Edge, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A service that does not renew its leases within a test: only asking shows it that one is lost."""
    patience = {"CLOUDFLARE_TIMEOUT_SECONDS": "60", "CLOUDFLARE_RETRY_SECONDS": "60"}
    settings = {"LEASE_SECONDS": "600", "VERIFY_SECONDS": str(round(within(10))), **patience}
    folder: Path = tmp_path_factory.mktemp("slow")
    async with world(
        edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder, settings=settings
    ) as running:
        yield running


async def take_over(service: World, request: DeployRequested) -> None:
    """As another replica does when the lease has run out."""
    statement = "UPDATE environments SET lease_token = lease_token + 1 WHERE app_id = :app"
    await service.execute(statement, app=request.app_id)


async def left_alone(service: World, request: DeployRequested) -> None:
    async with asyncio.timeout(WAIT + within(30)):  # the verification alone takes within(10)
        while not any(
            "deployment left alone" in line and request.deployment_id in line
            for line in service.log.read_text().splitlines()
        ):
            await asyncio.sleep(0.02)


async def changes(service: World, script: str) -> list[str]:
    return [call for call in await service.api_calls(script) if not call.startswith("GET")]


@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
async def test_a_deployment_that_failed_is_not_put_back_over_anothers(slow: World, first: bool) -> None:
    app_id, script = new_app()
    if not first:
        await slow.deploy(app_id, small_app("Good"))
    await slow.clear_faults()
    await slow.fault("PUT", f"{script}$", {"delay_ms": 3000})
    request = asked(app_id, artifact=await slow.upload(app_id, {**small_app("Bad"), "p.png": PICTURE}))
    await slow.send(request)
    await until_called(slow, f"PUT /workers/scripts/{script}")
    async with slow.assets() as assets:
        await assets.delete(f"a/{hashlib.sha256(PICTURE).hexdigest()}")
    async with asyncio.timeout(WAIT):
        while "verifying" not in slow.phases(request.deployment_id):
            await asyncio.sleep(0.02)
    await take_over(slow, request)
    before = await changes(slow, script)
    await left_alone(slow, request)
    assert set(await changes(slow, script)) - set(before) <= {f"POST /workers/scripts/{script}/subdomain"}


async def test_a_smaller_script_is_not_put_over_anothers(slow: World) -> None:
    app_id, script = new_app()
    await slow.clear_faults()
    await slow.fault("PUT", f"{script}$", {"delay_ms": 3000, "status": 413, "body": TOO_LARGE})
    extras = {f"extra{n}.png": noise(60_000, n) for n in range(13)}
    request = asked(app_id, artifact=await slow.upload(app_id, {**small_app("Large"), **extras}))
    await slow.send(request)
    await until_called(slow, f"PUT /workers/scripts/{script}")
    await take_over(slow, request)
    await left_alone(slow, request)
    assert await changes(slow, script) == [f"PUT /workers/scripts/{script}"]


async def test_what_arrives_after_its_app_was_forgotten_is_removed(slow: World) -> None:
    app_id, script = new_app()
    await slow.clear_faults()
    await slow.fault("PUT", f"{script}$", {"delay_ms": 2000})
    request = asked(app_id, artifact=await slow.upload(app_id, small_app("Late")))
    await slow.send(request)
    await until_called(slow, f"PUT /workers/scripts/{script}")
    for statement in (
        "INSERT INTO deleted_apps (app_id) VALUES (:app)",
        "DELETE FROM deployments WHERE app_id = :app",
        "DELETE FROM environments WHERE app_id = :app",
    ):
        await slow.execute(statement, app=app_id)
    await left_alone(slow, request)
    async with asyncio.timeout(WAIT), slow.edge.api() as api:
        while f"DELETE /workers/scripts/{script}" not in await slow.api_calls(script):
            await asyncio.sleep(0.05)
        while (await api.get(f"/workers/scripts/{script}/settings")).status_code != 404:
            await asyncio.sleep(0.05)


async def test_no_secret_is_dropped_from_anothers(slow: World) -> None:
    app_id, script = new_app()
    path = f"/v1/apps/{app_id}/secrets/{Environment.PREVIEW}/OLD"
    async with slow.http() as http:
        assert (await http.put(path, json={"value": "x"})).status_code == 204
        await slow.deploy(app_id, small_app("With"))
        assert (await http.delete(path)).status_code == 204
    await slow.clear_faults()
    await slow.fault("PUT", f"{script}$", {"delay_ms": 3000})
    request = asked(app_id, artifact=await slow.upload(app_id, small_app("Without")))
    await slow.send(request)
    await until_called(slow, f"PUT /workers/scripts/{script}")
    await take_over(slow, request)
    await left_alone(slow, request)
    assert await changes(slow, script) == [f"PUT /workers/scripts/{script}"]
