"""Uploads, versions, deployments, bindings and secrets, as a deployer sees them."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dev.edge.launcher import running_edge
from tests.edge.workers import BROTLI, DATE, HTML, SITE, form, says

SCRIPT = "/workers/scripts/site"


def result(response: httpx.Response) -> Any:
    body = response.json()
    assert (response.is_success, body["success"]) == (True, True), body
    return body["result"]


async def test_an_upload_is_live_and_serves_its_brotli_bytes_raw(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    uploaded = result(await api.put(SCRIPT, files=form(tags=["app"], annotations={"workers/tag": "dep_1"})))
    assert uploaded["id"] == "site"
    assert uploaded["tags"] == ["app"]
    assert len(uploaded["deployment_id"]) == 32

    async with app.stream("GET", "/", headers={"accept-encoding": "br"}) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert response.headers["content-encoding"] == "br"
    assert response.headers["content-length"] == str(len(BROTLI))
    assert response.headers["etag"] == '"abc"'
    assert raw == BROTLI

    versions = result(await api.get(f"{SCRIPT}/versions?deployable=true"))["items"]
    assert [version["number"] for version in versions] == [1]
    assert versions[0]["id"].replace("-", "") == uploaded["deployment_id"]
    assert versions[0]["annotations"]["workers/tag"] == "dep_1"


async def test_data_modules_are_array_buffers(api: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    result(await api.put(SCRIPT, files=form()))
    assert (await app.get("/type")).text == f"ArrayBuffer {len(BROTLI)}"


async def test_the_parts_of_the_official_sdk_are_understood(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    metadata = {"main_module": "src/main.js", "compatibility_date": DATE}
    code = 'import text from "../note.txt"; import { n } from "./lib.js"; ' + says("x").replace(
        '"x"', "text + n"
    )
    files = [
        ("metadata", ("metadata.json", json.dumps(metadata), "application/json")),
        ("files", ("src/main.js", code, "application/javascript+module")),
        ("files", ("src/lib.js", "export const n = 7;", "application/javascript+module; charset=utf-8")),
        ("files", ("note.txt", "note ", "text/plain")),
        ("files", ("src/main.js.map", "{}", "application/source-map")),
    ]
    result(await api.put(SCRIPT, files=files))
    assert (await app.get("/")).text == "note 7"


async def test_a_service_worker_script_runs(api: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    code = 'addEventListener("fetch", (event) => event.respondWith(new Response("classic " + WHO)));'
    metadata = {"body_part": "script", "bindings": [{"type": "plain_text", "name": "WHO", "text": "worker"}]}
    files = [
        ("metadata", (None, json.dumps(metadata), "application/json")),
        ("script", ("script", code, "application/javascript")),
    ]
    assert result(await api.put(SCRIPT, files=files))["has_modules"] is False
    assert (await app.get("/")).text == "classic worker"


async def test_a_version_goes_live_by_a_deployment_and_back_by_another(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form(says("one"))))
    second = result(await api.post(f"{SCRIPT}/versions", files=form(says("two"))))
    assert second["number"] == 2
    assert second["resources"]["script_runtime"]["compatibility_date"] == DATE
    assert (await app.get("/")).text == "one"

    live = result(await api.post(f"{SCRIPT}/deployments", json=percentages((second["id"], 100))))
    assert live["versions"] == [{"version_id": second["id"], "percentage": 100}]
    assert (await app.get("/")).text == "two"

    items = result(await api.get(f"{SCRIPT}/versions"))["items"]
    first = items[-1]["id"]
    result(await api.post(f"{SCRIPT}/deployments", json=percentages((first, 100))))
    assert (await app.get("/")).text == "one"
    deployments = result(await api.get(f"{SCRIPT}/deployments"))["deployments"]
    assert [item["versions"][0]["version_id"] for item in deployments] == [first, second["id"], first]
    assert result(await api.get(f"{SCRIPT}/versions/{first}"))["number"] == 1


async def test_two_versions_share_the_requests(api: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    result(await api.put(SCRIPT, files=form(says("one"))))
    second = result(await api.post(f"{SCRIPT}/versions", files=form(says("two"))))["id"]
    first = result(await api.get(f"{SCRIPT}/versions"))["items"][-1]["id"]
    result(await api.post(f"{SCRIPT}/deployments", json=percentages((first, 50), (second, 50))))
    assert {(await app.get("/")).text for _ in range(60)} == {"one", "two"}


async def test_a_version_that_does_not_start_changes_nothing(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form(says("good"))))
    refused = await api.put(SCRIPT, files=form("throw new Error('boom at start-up')"))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, 10021)
    assert (await app.get("/")).text == "good"
    assert len(result(await api.get(f"{SCRIPT}/versions"))["items"]) == 1


async def test_bindings_reach_the_worker_and_can_be_inherited_or_kept(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    bindings: list[dict[str, Any]] = [
        {"type": "plain_text", "name": "TEXT", "text": "plain"},
        {"type": "json", "name": "JSON", "json": {"deep": [1, 2]}},
        {"type": "secret_text", "name": "SECRET", "text": "hidden"},
    ]
    result(await api.put(SCRIPT, files=form(bindings=bindings)))
    assert (await app.get("/env")).json() == {"TEXT": "plain", "JSON": {"deep": [1, 2]}, "SECRET": "hidden"}

    inherited = [{"type": "inherit", "name": "TEXT"}]
    result(await api.put(SCRIPT, files=form(bindings=inherited, keep_bindings=["json"])))
    assert (await app.get("/env")).json() == {"TEXT": "plain", "JSON": {"deep": [1, 2]}, "SECRET": "hidden"}

    result(await api.put(SCRIPT, files=form()))
    assert (await app.get("/env")).json() == {"SECRET": "hidden"}, "a deployment never loses secrets"


async def test_secrets_are_write_only_and_change_the_live_worker(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form()))
    put = await api.put(f"{SCRIPT}/secrets", json={"name": "A", "text": "1", "type": "secret_text"})
    assert result(put) == {"name": "A", "type": "secret_text"}
    assert (await app.get("/env")).json() == {"A": "1"}

    bulk = {"secrets": {"A": None, "B": {"text": "2", "type": "secret_text"}, "C": {"text": "3"}}}
    result(await api.patch(f"{SCRIPT}/secrets-bulk", json=bulk))
    assert (await app.get("/env")).json() == {"B": "2", "C": "3"}
    result(await api.delete(f"{SCRIPT}/secrets/C"))
    listed = result(await api.get(f"{SCRIPT}/secrets"))
    assert listed == [{"name": "B", "type": "secret_text"}]
    settings = result(await api.get(f"{SCRIPT}/settings"))
    assert settings["bindings"] == [{"name": "B", "type": "secret_text"}]
    assert len(result(await api.get(f"{SCRIPT}/versions"))["items"]) == 4


async def test_a_rollback_over_changed_secrets_wants_force(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form()))
    result(await api.put(f"{SCRIPT}/secrets", json={"name": "A", "text": "1"}))
    first = result(await api.get(f"{SCRIPT}/versions"))["items"][-1]["id"]
    refused = await api.post(f"{SCRIPT}/deployments", json=percentages((first, 100)))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, 10220)
    result(await api.post(f"{SCRIPT}/deployments?force=true", json=percentages((first, 100))))
    assert (await app.get("/env")).json() == {}
    edit = await api.put(f"{SCRIPT}/secrets", json={"name": "A", "text": "2"})
    assert edit.json()["errors"][0]["code"] == 10215, "secrets are edited on the latest version only"


async def test_settings_can_be_patched(api: httpx.AsyncClient, app: httpx.AsyncClient) -> None:
    result(await api.put(SCRIPT, files=form()))
    settings = {"bindings": [{"type": "plain_text", "name": "MODE", "text": "new"}]}
    patched = await api.patch(f"{SCRIPT}/settings", files={"settings": (None, json.dumps(settings))})
    assert result(patched)["bindings"] == settings["bindings"]
    assert (await app.get("/env")).json() == {"MODE": "new"}


async def test_only_the_newest_versions_and_the_live_one_are_kept(tmp_path: Path) -> None:
    async with running_edge(tmp_path, env={"EDGE_VERSIONS_KEPT": "3"}) as edge, edge.api() as api:
        result(await api.put(SCRIPT, files=form(says("1"))))
        for number in range(2, 6):
            result(await api.post(f"{SCRIPT}/versions", files=form(says(str(number)))))
        items = result(await api.get(f"{SCRIPT}/versions"))["items"]
        assert [item["number"] for item in items] == [5, 4, 3, 1]
        gone = await api.post(f"{SCRIPT}/deployments", json=percentages((str(uuid4()), 100)))
        assert gone.json()["errors"][0]["code"] == 100146
        result(await api.post(f"{SCRIPT}/deployments", json=percentages((items[2]["id"], 100))))
        async with edge.app("site") as app:
            assert (await app.get("/")).text == "3"
        assert len(list((tmp_path / "scripts" / "site").glob("*.modules"))) == 3


async def test_a_script_is_listed_downloaded_and_deleted(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form()))
    assert [script["id"] for script in result(await api.get("/workers/scripts"))] == ["site"]
    downloaded = await api.get(SCRIPT)
    assert BROTLI in downloaded.content
    assert SITE.encode() in downloaded.content
    assert downloaded.headers["cf-entrypoint"] == "main.js"

    result(await api.delete(SCRIPT))
    assert result(await api.get("/workers/scripts")) == []
    assert (await app.get("/")).status_code == 404
    result(await api.put(SCRIPT, files=form()))
    assert (await app.get("/")).content == HTML


async def test_a_worker_can_be_taken_off_its_subdomain(
    api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    result(await api.put(SCRIPT, files=form()))
    for enabled, status in ((False, 404), (True, 200)):
        answer = await api.post(f"{SCRIPT}/subdomain", json={"enabled": enabled, "previews_enabled": False})
        assert result(answer) == {"enabled": enabled, "previews_enabled": False}
        assert result(await api.get(f"{SCRIPT}/subdomain"))["enabled"] is enabled
        assert (await app.get("/")).status_code == status


@pytest.mark.parametrize("same", [True, False])
async def test_uploads_at_the_same_time_all_become_versions(api: httpx.AsyncClient, same: bool) -> None:
    names = ["site"] * 4 if same else ["a", "b", "c", "d"]
    answers = await asyncio.gather(*(api.put(f"/workers/scripts/{name}", files=form()) for name in names))
    assert len({result(answer)["deployment_id"] for answer in answers}) == 4
    items = result(await api.get(f"/workers/scripts/{names[-1]}/versions"))["items"]
    assert [item["number"] for item in items] == ([4, 3, 2, 1] if same else [1])


def percentages(*shares: tuple[str, int]) -> dict[str, Any]:
    versions = [{"version_id": version, "percentage": percentage} for version, percentage in shares]
    return {"strategy": "percentage", "versions": versions}
