"""Cloudflare comes to serve what the API says, whatever failed, and the API says when it does not yet."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from common.contracts import DeploymentState
from dev.edge.launcher import Edge
from tests.deployer.artifacts import noise, small_app
from tests.deployer.service import WAIT, World, new_app, problem_of, world
from tests.deployer.test_failures import lose_the_picture_while_uploading

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED = [{"status": 403, "body": "<html>Sorry, you have been blocked</html>"}] * 1000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    edge: Edge, postgres_url: str, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A service for which a request that was given up may take effect for longer than a test takes."""
    folder: Path = tmp_path_factory.mktemp("settle")
    settings = {"CLOUDFLARE_RETRY_SECONDS": "300"}
    async with world(
        edge, postgres_url=postgres_url, nats_url=nats_url, folder=folder, settings=settings
    ) as running:
        yield running


async def told(service: World, app_id: str) -> list[dict[str, Any]]:
    async with service.http() as http:
        items = (await http.get("/v1/deployments", params={"app_id": app_id})).json()["items"]
    assert isinstance(items, list)
    return items


async def until_settled(service: World, app_id: str, script: str, title: str | None) -> None:
    """Until the app shows the title, or is gone, and the API calls that certain."""
    async with asyncio.timeout(WAIT):
        while True:
            answer = await service.load(script)
            shown = answer.status_code == 404 if title is None else title in answer.text
            if shown and all(item["unsettled"] is None for item in await told(service, app_id)):
                return
            await asyncio.sleep(0.05)


async def test_a_put_back_that_fails_is_made_up_for(clean: World) -> None:
    app_id, script = new_app()
    good = await clean.deploy(app_id, small_app("Good"))
    bad = await lose_the_picture_while_uploading(clean, app_id, script)
    await clean.fault("POST", f"{script}/deployments$", *REFUSED)
    problem = problem_of(await clean.finished(bad))
    assert problem.code == "verification_failed"
    assert "What is live could not be put right yet" in problem.message
    assert "you have been blocked" in problem.message
    assert "Bad" in (await clean.load(script)).text
    for item in await told(clean, app_id):
        assert item["live"] == (item["id"] == good.deployment_id)
        assert "you have been blocked" in item["unsettled"]["reason"]
        assert item["unsettled"]["since"]
    async with clean.http() as http:
        metrics = f"http://127.0.0.1:{clean.environment['METRICS_PORT']}/metrics"
        async with asyncio.timeout(WAIT):
            while "environments_unsettled 1.0" not in (await http.get(metrics)).text:
                await asyncio.sleep(0.05)

    await clean.clear_faults()
    await until_settled(clean, app_id, script, "Good")
    assert [item["live"] for item in await told(clean, app_id)] == [False, True]


async def test_a_first_deployment_that_failed_is_removed_when_that_becomes_possible(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"apply": True, **REFUSED[0]})
    await clean.fault("DELETE", f"{script}$", *REFUSED)
    done = await clean.deploy(app_id, small_app("Bad"))
    assert "could not be put right yet" in problem_of(done).message
    async with clean.edge.api() as api:
        assert (await api.get(f"/workers/scripts/{script}/settings")).status_code == 200
    assert [bool(item["unsettled"]) for item in await told(clean, app_id)] == [True]
    await clean.clear_faults()
    await until_settled(clean, app_id, script, None)
    async with clean.edge.api() as api:
        assert (await api.get(f"/workers/scripts/{script}/settings")).status_code == 404


async def test_a_deployment_that_touched_nothing_leaves_no_doubt(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Live"))
    await clean.clear_faults()
    assert (await clean.deploy(app_id, artifact="0" * 64)).state is DeploymentState.FAILED
    assert [item["unsettled"] for item in await told(clean, app_id)] == [None, None]
    assert [call for call in await clean.api_calls(script) if "/versions" not in call] == []


async def test_an_upload_that_arrives_after_the_earlier_one_was_put_back_is_replaced(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app("Good"))
    await clean.fault("PUT", f"{script}$", {"late": True}, *REFUSED)
    assert problem_of(await clean.deploy(app_id, small_app("Late"))).code == "cloudflare_denied"
    await until_settled(clean, app_id, script, "Good")
    await clean.arrive_late()
    await until_settled(clean, app_id, script, "Good")


async def test_an_upload_that_arrives_after_a_later_deployment_is_replaced(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"late": True})
    await clean.deploy(app_id, small_app("Repeated"))
    await clean.deploy(app_id, small_app("Newest"))
    failed = clean.log.read_text().count("environment not settled")
    await clean.fault("GET", f"{script}/deployments$", REFUSED[0])
    async with asyncio.timeout(WAIT):
        while clean.log.read_text().count("environment not settled") == failed:
            await asyncio.sleep(0.05)
    assert [item["unsettled"] for item in await told(clean, app_id)] == [None, None], "proven meanwhile"
    await clean.arrive_late()
    await until_settled(clean, app_id, script, "Newest")


async def test_a_removal_that_arrives_late_is_made_up_for(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"apply": True, **REFUSED[0]})
    await clean.fault("DELETE", f"{script}$", {"late": True})
    assert problem_of(await clean.deploy(app_id, small_app("Bad"))).code == "cloudflare_denied"
    files = {**small_app("Here"), "p.png": noise(90_000, 7)}
    assert (await clean.deploy(app_id, files)).state is DeploymentState.DEPLOYED
    await clean.arrive_late()
    await until_settled(clean, app_id, script, "Here")
    assert (await clean.load(script, "/p.png")).content == files["p.png"]


async def test_an_upload_that_arrives_after_its_app_was_deleted_is_removed(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"late": True})
    await clean.deploy(app_id, small_app("Deleted"))
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 202
    await until_settled(clean, app_id, script, None)
    await clean.arrive_late()
    await until_settled(clean, app_id, script, None)
