"""What wrong requests get: Cloudflare's envelope, status and code."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from dev.edge.launcher import Edge, EdgeDidNotStartError, running_edge
from tests.edge.workers import form, says

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "/workers/scripts/site"
NO_VERSION = "00000000-0000-4000-8000-000000000000"
R2 = {"type": "r2_bucket", "name": "B", "bucket_name": "nowhere"}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edge")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(state: Path) -> AsyncIterator[Edge]:
    """One edge for the module: refused requests leave nothing behind."""
    async with running_edge(state) as edge:
        yield edge


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    async with edge.api() as client:
        yield client


def problem(response: httpx.Response) -> tuple[int, int]:
    body = response.json()
    assert (body["success"], body["result"], body["messages"]) == (False, None, [])
    assert body["errors"][0]["message"]
    assert "cf-ray" in response.headers
    return response.status_code, body["errors"][0]["code"]


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic eDp5", "wrong"])
async def test_a_bad_token_is_refused(edge: Edge, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    async with httpx.AsyncClient() as client:
        response = await client.get(f"{edge.api_url}/user/tokens/verify", headers=headers)
    assert problem(response) == (401, 10000)


async def test_another_account_is_refused(edge: Edge, api: httpx.AsyncClient) -> None:
    response = await api.get(f"{edge.api_url}/accounts/{'f' * 32}/workers/scripts")
    assert problem(response) == (403, 10000)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", SCRIPT),
        ("DELETE", SCRIPT),
        ("GET", f"{SCRIPT}/deployments"),
        ("GET", f"{SCRIPT}/versions"),
        ("GET", f"{SCRIPT}/settings"),
        ("GET", f"{SCRIPT}/secrets"),
        ("GET", f"{SCRIPT}/subdomain"),
    ],
)
async def test_a_script_that_is_not_there(api: httpx.AsyncClient, method: str, path: str) -> None:
    assert problem(await api.request(method, path)) == (404, 10007)


async def test_versions_need_a_script(api: httpx.AsyncClient) -> None:
    assert problem(await api.post(f"{SCRIPT}/versions", files=form(says("x")))) == (404, 10007)
    assert problem(await api.get("/workers/services/site")) == (404, 10090)
    assert problem(await api.get("/workers/nonsense")) == (404, 7003)


@pytest.mark.parametrize(
    ("parts", "code", "message"),
    [
        (form("export default {"), 10021, "SyntaxError"),
        (form("throw new TypeError('on purpose')"), 10021, "TypeError: on purpose\n  at main.js:1"),
        (form('import "./gone.js"; export default {}'), 10021, 'No such module "gone.js"'),
        (form(says("x"), compatibility_date="2999-01-01"), 10021, "in the future"),
        (form(says("x"), compatibility_date="soon"), 10021, "Invalid compatibility date"),
        (form(says("x"), compatibility_flags=["no_such_flag"]), 10021, "no_such_flag"),
        (form(says("x"), main_module="other.js"), 10021, 'No such module "other.js"'),
        (form(says("x"), bindings=[{"type": "inherit", "name": "GONE"}]), 10057, "GONE"),
        (form(says("x"), bindings=[R2]), 10085, "R2 bucket 'nowhere' not found"),
        (form(says("x"), bindings=[{"type": "kv_namespace", "name": "KV"}]), 10052, "kv_namespace"),
        (form(says("x"), bindings=[{"type": "plain_text", "name": "A"}]), 10052, "text"),
        (form(says("x"))[1:], 10026, "metadata"),
        ([("metadata", (None, "[]", "application/json"))], 10026, "JSON object"),
        ([*form(says("x")), ("a.py", ("a.py", "1", "text/x-unheard-of"))], 10021, "text/x-unheard-of"),
    ],
)
async def test_a_bad_upload_says_what_is_wrong(
    api: httpx.AsyncClient, parts: Any, code: int, message: str
) -> None:
    response = await api.put(SCRIPT, files=parts)
    assert problem(response) == (400, code)
    assert message in response.json()["errors"][0]["message"]
    assert problem(await api.get(SCRIPT)) == (404, 10007), "nothing was made of it"


async def test_a_script_that_never_starts_is_stopped(tmp_path: Path) -> None:
    async with running_edge(tmp_path, env={"EDGE_STARTUP_SECONDS": "1"}) as edge, edge.api() as api:
        response = await api.put(SCRIPT, files=form("for (;;) {} export default {}"))
        assert problem(response) == (400, 10021)
        assert "startup" in response.json()["errors"][0]["message"].lower()


async def test_a_script_over_cloudflares_size_is_refused(api: httpx.AsyncClient) -> None:
    parts = [*form(says("x")), ("big", ("big.bin", os.urandom(11 * 1024 * 1024), "application/octet-stream"))]
    assert problem(await api.put(SCRIPT, files=parts)) == (413, 10027)


async def test_a_bad_name_and_a_bad_body(api: httpx.AsyncClient) -> None:
    assert problem(await api.put("/workers/scripts/Not%20Good", files=form(says("x")))) == (400, 10016)
    assert problem(await api.put(SCRIPT, content=b"{}")) == (415, 10023)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert problem(await api.put(SCRIPT, content=b"junk", headers=headers)) == (400, 10026)


async def test_deployments_are_checked(api: httpx.AsyncClient) -> None:
    script = "/workers/scripts/deployed"
    await api.put(script, files=form(says("x")))
    shares = [{"version_id": NO_VERSION, "percentage": 100}]
    wrong = {"strategy": "percentage", "versions": shares}
    assert problem(await api.post(f"{script}/deployments", json=wrong)) == (404, 100146)
    wrong["versions"] = [{"version_id": NO_VERSION, "percentage": 60}]
    assert problem(await api.post(f"{script}/deployments", json=wrong)) == (400, 10026)
    assert problem(await api.post(f"{script}/deployments", content=b"{")) == (400, 10026)
    assert problem(await api.get(f"{script}/versions/{NO_VERSION}")) == (404, 100146)
    assert problem(await api.delete(f"{script}/secrets/NONE")) == (404, 10056)
    assert problem(await api.put(f"{script}/secrets", json={"name": "A"})) == (400, 10026)


async def test_an_account_without_a_subdomain(tmp_path: Path) -> None:
    async with running_edge(tmp_path, env={"EDGE_SUBDOMAIN": ""}) as edge, edge.api() as api:
        assert problem(await api.get("/workers/subdomain")) == (404, 10007)
        await api.put(SCRIPT, files=form(says("x")))
        assert problem(await api.post(f"{SCRIPT}/subdomain", json={"enabled": True})) == (400, 10063)
        assert problem(await api.put("/workers/subdomain", json={"subdomain": "No!"})) == (400, 10031)
        put = await api.put("/workers/subdomain", json={"subdomain": "mine"})
        assert put.json()["result"] == {"subdomain": "mine"}
        assert (await api.post(f"{SCRIPT}/subdomain", json={"enabled": True})).is_success


async def test_buckets(api: httpx.AsyncClient) -> None:
    assert problem(await api.get("/r2/buckets/assets")) == (404, 10006)
    assert problem(await api.post("/r2/buckets", content=json.dumps({"name": "No"}))) == (400, 10005)
    assert (await api.post("/r2/buckets", json={"name": "assets"})).json()["result"]["name"] == "assets"
    assert problem(await api.post("/r2/buckets", json={"name": "assets"})) == (409, 10004)
    listed = (await api.get("/r2/buckets")).json()["result"]["buckets"]
    assert [bucket["name"] for bucket in listed] == ["assets"]
    assert (await api.delete("/r2/buckets/assets")).is_success
    assert problem(await api.get("/r2/buckets/assets")) == (404, 10006)


async def test_settings_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeDidNotStartError, match="EDGE_ACCOUNT_ID"):
        async with running_edge(tmp_path, env={"EDGE_ACCOUNT_ID": ""}):
            pass
