"""The app every service starts from, as HTTP clients and operators meet it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from prometheus_client import generate_latest
from pydantic import BaseModel, Field, SecretStr

from common.app import build_app
from common.auth import require_service_token
from common.errors import Conflict, Unavailable
from common.http import http_client
from common.logging import get_logger
from common.messaging.publisher import envelope
from common.middleware import BodyLimits
from tests.common.conftest import Logged
from tests.common.messages import Note

TOKEN = "a-service-token-of-some-length"
LIMIT = 1000
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

router = APIRouter()


class Order(BaseModel):
    count: Annotated[int, Field(ge=1)]
    name: str = ""


@router.post("/orders")
async def order(order: Order) -> Order:
    return order


@router.post("/large")
@router.post("/raw")
async def raw(request: Request) -> int:
    return len(await request.body())


@router.get("/orders/{order_id}")
async def one(order_id: str) -> str:
    return order_id


@router.get("/conflict")
async def conflict() -> None:
    raise Conflict(
        "Taken; choose another name.", name="taken", tries=3, parts=["a"], hidden=object(), odd=[object()]
    )


@router.get("/unavailable")
async def unavailable() -> None:
    raise Unavailable("Not now.")


@router.get("/broken")
async def broken() -> None:
    get_logger("tests").info("inside")
    raise RuntimeError("postgresql://role:hunter2@db/app")


@router.get("/breaks-off")
async def breaks_off() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("in mid answer")

    return StreamingResponse(parts())


@router.get("/context")
async def context() -> dict[str, Any]:
    return {**structlog.contextvars.get_contextvars(), **envelope("tests", Note(text="x"))}


@router.get("/guarded", dependencies=[Depends(require_service_token(SecretStr(TOKEN)))])
async def guarded() -> str:
    return "in"


def create() -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    return build_app(
        title="Tests",
        description="",
        lifespan=lifespan,
        routers=[router],
        limits=BodyLimits(LIMIT, {"/large": 10 * LIMIT}),
    )


@pytest.fixture
def app() -> FastAPI:
    return create()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert answer.headers["x-request-id"]
    return body


async def test_an_expected_error_tells_its_code_message_and_context(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/conflict"), 409, "conflict")
    assert body["detail"] == "Taken; choose another name."
    assert (body["name"], body["tries"], body["parts"]) == ("taken", 3, ["a"])
    assert not {"hidden", "odd"} & body.keys()


async def test_an_invalid_request_names_each_field_but_not_its_value(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={"count": 0, "name": ["hunter2"]})
    body = problem(answer, 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["body.count", "body.name"]
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff", b""])
async def test_a_body_that_is_no_json_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    problem(answer, answer.status_code, answer.json()["code"])


async def test_unknown_addresses_and_methods(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404, "not_found")
    answer = await client.delete("/orders")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"


async def test_an_unexpected_error_is_logged_with_its_request_and_told_nobody(
    client: httpx.AsyncClient, log: Logged
) -> None:
    answer = await client.get("/broken", headers={"x-request-id": "req-of-the-caller"})
    problem(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"] == "req-of-the-caller"
    failed = log.named("request failed unexpectedly")
    assert [entry["request_id"] for entry in failed] == ["req-of-the-caller"]
    assert "RuntimeError" in failed[0]["exception"]
    assert log.named("request")[0]["status"] == 500


async def test_an_answer_that_breaks_off_is_not_ended_as_if_whole(client: httpx.AsyncClient) -> None:
    with pytest.raises(RuntimeError, match="in mid answer"):
        await client.get("/breaks-off")


async def chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


@pytest.mark.parametrize("path", ["/raw", "/orders"])
async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient, path: str) -> None:
    json = {"content-type": "application/json"}
    declared = await client.post(path, content=b"x" * (LIMIT + 1), headers=json)
    assert "1,000 bytes" in problem(declared, 413, "payload_too_large")["detail"]
    problem(await client.post(path, content=chunks(LIMIT + 100), headers=json), 413, "payload_too_large")
    lying = {**json, "content-length": "99999999999999999999999999"}
    problem(await client.post(path, content=b"{}", headers=lying), 413, "payload_too_large")


async def test_a_body_at_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"x" * LIMIT)).json() == LIMIT
    assert (await client.post("/raw", content=chunks(LIMIT))).json() == LIMIT


async def test_a_path_may_take_more_than_the_others(client: httpx.AsyncClient) -> None:
    assert (await client.post("/large", content=b"x" * 10 * LIMIT)).json() == 10 * LIMIT
    refused = await client.post("/large", content=chunks(10 * LIMIT + 100))
    assert "10,000 bytes" in problem(refused, 413, "payload_too_large")["detail"]


async def test_a_declared_body_over_the_limit_is_not_read(app: FastAPI) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/raw", "raw_path": b"/raw", "query_string": b""}
    headers = [(b"content-length", b"5000")]
    await app({**scope, "headers": headers, "http_version": "1.1", "scheme": "http"}, receive, send)
    assert sent[0]["status"] == 413


async def ok() -> None:
    pass


async def detailed() -> str:
    return "landlock"


async def hang() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise Unavailable("Cannot reach nats://user:hunter2@host:4222.")


async def surprise() -> None:
    raise RuntimeError("hunter2")


async def cancelled() -> None:
    raise asyncio.CancelledError


async def test_readiness_names_what_is_missing_in_time(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.checks = {"database": ok}
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})
    app.state.checks = {"database": ok, "isolation": detailed}
    answer = await client.get("/readyz")
    checks = {"database": "ok", "isolation": "ok"}
    assert answer.json() == {"status": "ok", "checks": checks, "details": {"isolation": "landlock"}}
    app.state.checks = {"database": ok, "objects": hang, "nats": fail, "other": surprise, "more": cancelled}
    began = asyncio.get_running_loop().time()
    answer = await client.get("/readyz")
    assert asyncio.get_running_loop().time() - began < 4
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "objects": "no answer within 2 s",
        "nats": "Cannot reach nats://user:***@host:4222.",
        "other": "RuntimeError",
        "more": "CancelledError",
    }
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_metrics_grow_with_routes_not_with_what_clients_think_up(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.get(f"/orders/{number}")
        await client.get(f"/wp-admin/{number}")
        await client.request(f"VERB{number}", "/orders")
    lines = generate_latest().decode().splitlines()
    counts = [line for line in lines if line.startswith("http_request_seconds_count")]
    assert any('route="/orders/{order_id}"' in line and 'method="GET"' in line for line in counts)
    assert any('route="unmatched"' in line for line in counts)
    assert not [line for line in counts if "VERB" in line or "wp-admin" in line or "/orders/1" in line]


async def test_a_request_id_is_echoed_and_bound(client: httpx.AsyncClient) -> None:
    answer = await client.get("/context", headers={"x-request-id": "caller.id_1-2"})
    assert answer.headers.get_list("x-request-id") == ["caller.id_1-2"]
    assert answer.json()["request_id"] == "caller.id_1-2"


@pytest.mark.parametrize(
    "hostile", ["short", "x" * 101, "with space in it", 'quote"quote"', "größe-größe", "a/../../b"]
)
async def test_a_hostile_request_id_is_replaced(client: httpx.AsyncClient, hostile: str) -> None:
    answer = await client.get("/context", headers={b"x-request-id": hostile.encode()})
    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_nothing_of_a_request_is_left_for_the_next(client: httpx.AsyncClient) -> None:
    structlog.contextvars.bind_contextvars(left="over")
    assert "left" not in (await client.get("/context")).json()


async def test_the_trace_goes_on_in_messages(client: httpx.AsyncClient) -> None:
    received = f"00-{TRACE}-00f067aa0ba902b7-01"
    body = (await client.get("/context", headers={"traceparent": received})).json()
    assert body["trace_id"] == TRACE
    assert body["traceparent"].split("-")[1] == TRACE
    assert body["traceparent"] != received


async def test_trace_and_request_id_go_on_to_other_services(app: FastAPI, client: httpx.AsyncClient) -> None:
    seen: list[httpx.Request] = []

    def other_service(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    @app.get("/calls")
    async def calls() -> None:
        async with http_client("http://other", token=SecretStr(TOKEN)) as http:
            http._transport = httpx.MockTransport(other_service)
            await http.get("/path")

    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "req-of-the-caller"}
    await client.get("/calls", headers=headers)
    sent = seen[0].headers
    assert sent["traceparent"].split("-")[1] == TRACE
    assert sent["x-request-id"] == "req-of-the-caller"
    assert sent["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "sent", [None, "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", "Bearer größe"]
)
async def test_without_the_right_token_nobody_gets_in(client: httpx.AsyncClient, sent: str | None) -> None:
    headers = {} if sent is None else {b"authorization": sent.encode()}
    answer = await client.get("/guarded", headers=headers)
    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_right_token_gets_in(client: httpx.AsyncClient) -> None:
    for scheme in ("Bearer", "bearer"):
        answer = await client.get("/guarded", headers={"authorization": f"{scheme} {TOKEN}"})
        assert answer.json() == "in"
