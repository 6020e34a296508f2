"""The internal HTTP API: deployments, secrets, taking an app off the air."""

import asyncio
from pathlib import Path

import pytest

from common.contracts import DeploymentState, Environment
from common.ids import new_id
from common.messaging.streams import DEPLOY
from tests.deployer.artifacts import small_app
from tests.deployer.service import WAIT, World, asked, new_app, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

AN_HOUR_AHEAD = """
from datetime import timedelta
from common import clock
true = clock.utcnow
clock.utcnow = lambda: true() + timedelta(hours=1)
"""


async def bound_secrets(world: World, script: str) -> set[str]:
    async with world.edge.api() as api:
        result = (await api.get(f"/workers/scripts/{script}/secrets")).json()["result"]
    return {item["name"] for item in result}


async def test_deployments_come_in_pages_newest_first(clean: World) -> None:
    app_id, _ = new_app()
    ids = [(await clean.deploy(app_id, artifact="0" * 64)).deployment_id for _ in range(3)]
    await clean.deploy(app_id, small_app(), environment=Environment.STAGING)
    async with clean.http() as http:
        query = {"app_id": app_id, "environment": "preview", "limit": "2"}
        first = (await http.get("/v1/deployments", params=query)).json()
        second = (await http.get("/v1/deployments", params={**query, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert first["items"][0]["problem"]["code"] == "artifact_missing"


async def test_what_is_not_there_and_what_is_not_allowed(clean: World) -> None:
    async with clean.http() as http:
        unknown = await http.get(f"/v1/deployments/{new_id('dep')}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "deployment_not_found")
        assert (await http.get("/v1/deployments", params={"app_id": "Not An App"})).status_code == 422
        assert (await http.get("/v1/deployments", params={"app_id": new_app()[0]})).json()["items"] == []
        http.headers["authorization"] = "Bearer wrong"
        for path in (f"/v1/deployments/{new_id('dep')}", f"/v1/apps/{new_app()[0]}/secrets/preview"):
            assert (await http.get(path)).status_code == 401
        assert (await http.delete(f"/v1/apps/{new_app()[0]}")).status_code == 401


async def test_secrets_reach_the_worker_with_the_next_deployment(clean: World) -> None:
    app_id, script = new_app()
    secrets = f"/v1/apps/{app_id}/secrets/preview"
    async with clean.http() as http:
        for name in ("API_KEY", "OLD"):
            assert (await http.put(f"{secrets}/{name}", json={"value": f"s3cret-{name}"})).status_code == 204
        listed = await http.get(secrets)
        assert [item["name"] for item in listed.json()["items"]] == ["API_KEY", "OLD"]
        assert "s3cret" not in listed.text
        first = await clean.deploy(app_id, small_app("With secrets"))
        assert await bound_secrets(clean, script) == {"API_KEY", "OLD"}

        assert (await http.delete(f"{secrets}/OLD")).status_code == 204
        assert (await http.delete(f"{secrets}/OLD")).status_code == 404
        await clean.deploy(app_id, small_app("Fewer secrets"))
        assert await bound_secrets(clean, script) == {"API_KEY"}

        # The earlier version still carries the removed secret, so it is not simply pointed back to.
        back = await clean.deploy(app_id, rollback_of=first.deployment_id)
        assert back.state is DeploymentState.DEPLOYED
        assert "With secrets" in (await clean.load(script)).text
        assert await bound_secrets(clean, script) == {"API_KEY"}
    assert "s3cret" not in clean.log.read_text()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("lower", "x", "secret_invalid"),
        ("1ST", "x", "secret_invalid"),
        ("ASSETS", "x", "secret_invalid"),
        ("CLOUDFLARE_TOKEN", "x", "secret_invalid"),
        ("A" * 65, "x", "secret_invalid"),
        ("LINE%0A", "x", "secret_invalid"),
        ("BIG", "x" * 5121, "secret_invalid"),
        ("EMPTY", "", "secret_invalid"),
        ("NO_TEXT", 7, "invalid_request"),
    ],
)
async def test_a_secret_that_cannot_be_bound_is_refused(
    clean: World, name: str, value: object, code: str
) -> None:
    app_id, _ = new_app()
    async with clean.http() as http:
        answer = await http.put(f"/v1/apps/{app_id}/secrets/preview/{name}", json={"value": value})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await http.get(f"/v1/apps/{app_id}/secrets/preview")).json()["items"] == []


async def test_values_lie_encrypted_in_the_database(clean: World, postgres_server: object) -> None:
    app_id, _ = new_app()
    async with clean.http() as http:
        await http.put(f"/v1/apps/{app_id}/secrets/preview/TOKEN", json={"value": "plain-as-day"})
    database = clean.environment["DATABASE_URL"].rpartition("/")[2]
    query = f"SELECT encode(sealed, 'escape') FROM deployer.app_secrets WHERE app_id = '{app_id}'"
    sealed = postgres_server.server.execute(query, database)  # type: ignore[attr-defined]
    assert sealed
    assert "plain-as-day" not in sealed


async def test_a_deleted_app_is_off_the_air_everywhere(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app())
    await clean.deploy(app_id, small_app(), environment=Environment.PRODUCTION)
    async with clean.http() as http:
        await http.put(f"/v1/apps/{app_id}/secrets/preview/KEY", json={"value": "x"})
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 204
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 204
        assert (await http.get(f"/v1/apps/{app_id}/secrets/preview")).json()["items"] == []
        items = (await http.get("/v1/deployments", params={"app_id": app_id})).json()["items"]
        again = await http.put(f"/v1/apps/{app_id}/secrets/preview/KEY", json={"value": "x"})
    assert again.status_code == 404
    assert items == []
    assert (await clean.load(script)).status_code == 404
    assert (await clean.load(app_id)).status_code == 404


async def test_a_deployment_asked_for_before_the_deletion_does_not_come_after_it(clean: World) -> None:
    app_id, script = new_app()
    late = asked(app_id, artifact=await clean.upload(app_id, small_app()))
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 204
    await clean.send(late)
    async with asyncio.timeout(WAIT):
        while True:
            info = await clean.bus.jetstream.consumer_info(DEPLOY.stream.name, DEPLOY.name)
            if not info.num_pending and not info.num_ack_pending:
                break
            await asyncio.sleep(0.02)
    async with clean.http() as http:
        assert (await http.get(f"/v1/deployments/{late.deployment_id}")).status_code == 404
    assert (await clean.load(script)).status_code == 404


async def test_a_deletion_goes_on_when_cloudflare_is_away(clean: World) -> None:
    app_id, script = new_app()
    await clean.deploy(app_id, small_app())
    await clean.fault("DELETE", f"{script}$", *[{"status": 503, "body": "away"}] * 60)
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 202
    assert (await clean.load(script)).status_code == 200
    await clean.clear_faults()
    async with asyncio.timeout(120):
        while (await clean.load(script)).status_code != 404:
            await asyncio.sleep(0.05)


async def until_gone(world: World, script: str) -> None:
    async with asyncio.timeout(WAIT):
        while (await world.load(script)).status_code != 404:
            await asyncio.sleep(0.05)


async def test_an_app_that_cannot_be_removed_holds_up_no_other(clean: World) -> None:
    (stuck, stuck_script), (other, other_script) = sorted((new_app(), new_app()))
    for app_id in (stuck, other):
        await clean.deploy(app_id, small_app())
    await clean.fault("DELETE", f"{stuck_script}$", *[{"status": 403, "body": "no"}] * 1000)
    # As while its deployment is under way: what deletes them is the reconciler.
    lease = "UPDATE environments SET lease_until = now() + :seconds * interval '1 s' WHERE app_id = :app"
    for app_id in (stuck, other):
        await clean.execute(lease, app=app_id, seconds=600)
        async with clean.http() as http:
            assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 202
    for app_id in (stuck, other):
        await clean.execute(lease, app=app_id, seconds=-1)
    await until_gone(clean, other_script)
    assert (await clean.load(stuck_script)).status_code == 200
    await clean.clear_faults()
    await until_gone(clean, stuck_script)


async def test_the_databases_clock_says_whether_a_deleted_app_is_still_worked_on(
    clean: World, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(AN_HOUR_AHEAD)
    clean.stop()
    await clean.start({"PYTHONPATH": str(tmp_path)})
    app_id, script = new_app()
    await clean.deploy(app_id, small_app())
    await clean.execute(
        "UPDATE environments SET lease_until = now() + interval '10 min' WHERE app_id = :app", app=app_id
    )
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 202
        assert (await clean.load(script)).status_code == 200
        await clean.execute("UPDATE environments SET lease_until = NULL WHERE app_id = :app", app=app_id)
        await until_gone(clean, script)
    clean.stop()
    await clean.start()


async def test_a_deletion_ends_the_deployment_under_way(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"status": 503, "body": "away", "delay_ms": 300})
    waiting = asyncio.create_task(clean.deploy(app_id, small_app()))
    async with asyncio.timeout(120):
        while f"PUT /workers/scripts/{script}" not in await clean.api_calls(script):
            await asyncio.sleep(0.02)
    async with clean.http() as http:
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code in {202, 204}
    done = await waiting
    assert problem_of(done).code == "app_deleted"
    async with clean.http() as http, asyncio.timeout(WAIT):
        while (await http.delete(f"/v1/apps/{app_id}")).status_code != 204:
            await asyncio.sleep(0.05)
    assert (await clean.load(script)).status_code == 404


async def test_the_service_says_what_it_offers(clean: World) -> None:
    async with clean.http() as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).json()["status"] == "ok"
        metrics = (await http.get(f"http://127.0.0.1:{clean.environment['METRICS_PORT']}/metrics")).text
        assert "deployments_total" in metrics
        assert "cloudflare_calls_total" in metrics
        paths = (await http.get("/openapi.json")).json()["paths"]
    assert {"/v1/deployments", "/v1/deployments/{deployment_id}", "/v1/apps/{app_id}"} <= set(paths)
