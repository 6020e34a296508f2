"""The Cloudflare client against an edge that fails in Cloudflare's ways."""

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from common.database import Database
from common.errors import AppError
from common.http import http_client
from common.ids import new_app_id, new_id
from common.testing.budget import within
from deployer.clients.api import Api, RetryPolicy
from deployer.clients.cloudflare import CloudflareWorkers, ScriptUpload
from deployer.domain.script import JAVASCRIPT, Module, Script
from deployer.errors import (
    CloudflareAbsent,
    CloudflareDenied,
    CloudflareInvalidScript,
    CloudflareQuota,
    CloudflareRejected,
    CloudflareThrottled,
    CloudflareTooLarge,
    CloudflareUnavailable,
)
from deployer.usecases.call_budget import SharedCallBudget
from dev.edge.launcher import Edge
from tests.deployer.service import call_budget

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = b"export default{fetch:(request,env)=>Response.json(env.GREETING??null)}"


class Probe:
    """The client, a script of its own, and the edge's faults and log for that script."""

    def __init__(self, edge: Edge, http: httpx.AsyncClient, budget: SharedCallBudget) -> None:
        self.edge = edge
        self.http = http
        self.budget = budget
        self.name = new_app_id()
        self.workers = self.with_patience(request=10, budget=20)

    def with_patience(self, *, request: float, budget: float) -> CloudflareWorkers:
        policy = RetryPolicy(request_seconds=request, budget_seconds=budget, wait_seconds=0.3)
        return CloudflareWorkers(Api(self.http, self.edge.account_id, policy, self.budget))

    def upload_of(self, tag: str = "dep_1", code: bytes = HELLO, **secrets: str) -> ScriptUpload:
        script = Script((Module("index.js", JAVASCRIPT, code),))
        return ScriptUpload(script, tag, "2026-07-01", "overskill-assets", {"APP_ID": self.name}, secrets)

    async def fault(self, method: str, *responses: dict[str, Any], what: str = "") -> None:
        async with self.edge.control() as control:
            path = f"/scripts/{self.name}{what}$"
            await control.post("/faults", json={"method": method, "path": path, "responses": list(responses)})

    async def calls(self) -> list[str]:
        async with self.edge.control() as control:
            log = (await control.get("/requests")).json()["requests"]
        return [f"{r['method']} {r['path'].partition(self.name)[2]}" for r in log if self.name in r["path"]]

    async def bucket_requests(self) -> int:
        async with self.edge.control() as control:
            log = (await control.get("/requests")).json()["requests"]
        return sum(r["method"] == "POST" and r["path"].endswith("/r2/buckets") for r in log)


@pytest_asyncio.fixture(loop_scope="module")
async def probe(edge: Edge, db: Database) -> AsyncIterator[Probe]:
    async with http_client(edge.api_url, token=SecretStr(edge.token)) as http:
        made = Probe(edge, http, call_budget(db, new_id("acc")))
        await made.workers.ensure_bucket("overskill-assets")
        yield made
        async with edge.control() as control:
            await control.delete("/faults")


def envelope(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


async def test_versions_are_found_by_tag_and_put_back(probe: Probe) -> None:
    name, workers = probe.name, probe.workers
    assert await workers.live_version(name) is None
    assert await workers.find_version(name, "dep_1") is None
    first = await workers.upload(name, probe.upload_of("dep_1"))
    second = await workers.upload(name, probe.upload_of("dep_2"))
    assert first != second
    assert await workers.live_version(name) == second
    assert await workers.find_version(name, "dep_1") == first
    await workers.activate(name, first, "back")
    assert await workers.live_version(name) == first
    with pytest.raises(CloudflareAbsent):
        await workers.activate(name, "00000000-0000-4000-8000-000000000000", "back")
    await workers.delete(name)
    await workers.delete(name)
    assert await workers.live_version(name) is None


async def test_an_upload_keeps_unnamed_secrets_until_they_are_removed(probe: Probe) -> None:
    await probe.workers.upload(probe.name, probe.upload_of(GREETING="hello"))
    await probe.workers.enable_subdomain(probe.name)
    live = await probe.workers.upload(probe.name, probe.upload_of())
    async with probe.edge.app(probe.name) as app:
        assert (await app.get("/")).json() == "hello"
        after = await probe.workers.remove_secrets(probe.name, ["GREETING"])
        assert after not in {None, live}
        assert (await app.get("/")).json() is None


async def test_a_bucket_is_made_once(probe: Probe) -> None:
    name = f"bucket-{probe.name}"
    await probe.workers.ensure_bucket(name)
    asked = await probe.bucket_requests()
    await probe.workers.ensure_bucket(name)
    assert await probe.bucket_requests() == asked, "it remembers which buckets there are"
    another = probe.with_patience(request=10, budget=20)
    await another.ensure_bucket(name)
    assert await probe.bucket_requests() == asked + 1, "another process finds the bucket there and is content"
    async with probe.edge.api() as api:
        listed = (await api.get("/r2/buckets")).json()["result"]["buckets"]
    assert [bucket["name"] for bucket in listed].count(name) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": envelope(10013, "internal")},
        {"status": 400, "body": envelope(10035, "concurrent modification")},
        {"status": 503, "headers": {"content-type": "text/html"}, "body": "<html><h1>Error 1015</h1></html>"},
        {"status": 200, "body": "I am a proxy"},
        {"status": 200, "body": {"unexpected": True}},
        {"status": 502, "body": ""},
        {"status": 429, "headers": {"retry-after": "0"}, "body": envelope(971, "slow down")},
        {"drop": True},
        {"hang": True},
        {"apply": True, "drop": True},
    ],
    ids=["10013", "10035", "html", "nonsense", "no envelope", "empty", "429", "drop", "hang", "lost answer"],
)
async def test_what_may_pass_is_tried_again(probe: Probe, answer: dict[str, Any]) -> None:
    await probe.fault("PUT", answer)
    workers = probe.with_patience(request=3, budget=15) if "hang" in answer else probe.workers
    version = await workers.upload(probe.name, probe.upload_of("dep_9"))
    assert await probe.workers.live_version(probe.name) == version
    assert (await probe.calls()).count("PUT ") == 2


async def test_a_short_retry_after_is_waited_for(probe: Probe) -> None:
    await probe.fault("PUT", {"status": 429, "headers": {"retry-after": "0.3"}, "body": "slow down"})
    began = time.monotonic()
    await probe.workers.upload(probe.name, probe.upload_of())
    assert 0.3 <= time.monotonic() - began < within(10)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_retry_after_is_handed_on_at_once(probe: Probe, status: int) -> None:
    await probe.fault("PUT", {"status": status, "headers": {"retry-after": "300"}, "body": "slow down"})
    with pytest.raises(CloudflareUnavailable) as caught:
        await probe.workers.upload(probe.name, probe.upload_of())
    assert caught.value.retry_after == 300
    assert (await probe.calls()).count("PUT ") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            {"status": 429, "headers": {"retry-after": "0.1"}, "body": envelope(971, "slow")},
            CloudflareThrottled,
        ),
        ({"status": 500, "body": "<html>oh no</html>"}, CloudflareUnavailable),
    ],
)
async def test_retries_end_with_the_budget(
    probe: Probe, answer: dict[str, Any], error: type[AppError]
) -> None:
    await probe.fault("PUT", *[answer] * 60)
    began = time.monotonic()
    workers = probe.with_patience(request=1, budget=1)
    with pytest.raises(error) as caught:
        await workers.upload(probe.name, probe.upload_of())
    assert time.monotonic() - began < within(3)
    assert caught.value.retryable
    assert probe.name in caught.value.message


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 10000, CloudflareDenied),
        (403, 99999, CloudflareDenied),
        (400, 10021, CloudflareInvalidScript),
        (413, 10027, CloudflareTooLarge),
        (403, 10037, CloudflareQuota),
        (400, 10054, CloudflareRejected),
        (400, 12345, CloudflareRejected),
    ],
)
async def test_what_cannot_pass_fails_at_once(
    probe: Probe, status: int, code: int, error: type[AppError]
) -> None:
    headers = {"cf-ray": "8f00-LOC"}
    await probe.fault(
        "PUT", {"status": status, "headers": headers, "body": envelope(code, "Binding X is wrong")}
    )
    with pytest.raises(error) as caught:
        await probe.workers.upload(probe.name, probe.upload_of())
    assert "Binding X is wrong" in caught.value.message
    assert "cf-ray 8f00-LOC" in caught.value.message
    assert not caught.value.retryable
    assert (await probe.calls()).count("PUT ") == 1


async def test_a_script_that_does_not_start_is_refused_with_its_reason(probe: Probe) -> None:
    with pytest.raises(CloudflareInvalidScript) as caught:
        await probe.workers.upload(probe.name, probe.upload_of(code=b"throw new Error('no luck')"))
    assert "no luck" in caught.value.message


async def test_an_html_page_is_quoted_without_its_tags(probe: Probe) -> None:
    html = "<html><style>p{}</style><body><h1>Sorry</h1><p>you have been blocked</p></body></html>"
    await probe.fault("PUT", {"status": 403, "headers": {"content-type": "text/html"}, "body": html})
    with pytest.raises(CloudflareDenied) as caught:
        await probe.workers.upload(probe.name, probe.upload_of())
    assert "Sorry you have been blocked" in caught.value.message
    assert "<" not in caught.value.message


async def test_a_rollback_with_a_lost_answer_is_not_sent_again(probe: Probe) -> None:
    first = await probe.workers.upload(probe.name, probe.upload_of("dep_1"))
    await probe.workers.upload(probe.name, probe.upload_of("dep_2"))
    await probe.fault("POST", {"apply": True, "drop": True}, what="/deployments")
    await probe.workers.activate(probe.name, first, "back")
    assert await probe.workers.live_version(probe.name) == first
    assert (await probe.calls()).count("POST /deployments") == 1


async def test_a_wrong_token_is_denied(edge: Edge, db: Database) -> None:
    policy = RetryPolicy(request_seconds=1.0, budget_seconds=3.0, wait_seconds=0.3)
    async with http_client(edge.api_url, token=SecretStr("wrong")) as http:
        with pytest.raises(CloudflareDenied):
            await CloudflareWorkers(
                Api(http, edge.account_id, policy, call_budget(db, new_id("acc")))
            ).account_subdomain()


async def test_a_port_where_nobody_listens_is_unavailable(db: Database) -> None:
    policy = RetryPolicy(request_seconds=0.5, budget_seconds=0.6, wait_seconds=0.3)
    async with http_client("http://127.0.0.1:9", token=SecretStr("x")) as http:
        with pytest.raises(CloudflareUnavailable):
            await CloudflareWorkers(
                Api(http, "a", policy, call_budget(db, new_id("acc")))
            ).account_subdomain()
