"""HTTP's own rules, which every service keeps: methods, redirects, when to come back, strange characters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.responses import StreamingResponse

from common.app import build_app
from common.errors import AppError, Conflict, Timeout, Unavailable
from tests.common.test_app import problem

router = APIRouter(prefix="/v1")


class Busy(Unavailable):
    def __init__(self) -> None:
        super().__init__("Come back later.")
        self.retry_after = 7.2


class TooMany(AppError):
    code: ClassVar[str] = "too_many"
    status: ClassVar[int] = 429


FAILURES = {
    "unavailable": Unavailable("Not now."),
    "timeout": Timeout("Too slow."),
    "busy": Busy(),
    "too-many": TooMany("Slow down."),
    "conflict": Conflict("Taken."),
}


@router.get("/things")
async def things() -> list[str]:
    return ["a", "b"]


@router.post("/things")
async def make() -> None:
    raise AssertionError("nobody asked to make a thing")


@router.get("/things/{thing_id}")
async def thing(thing_id: str) -> str:
    return thing_id


@router.put("/things/{thing_id}")
async def put(thing_id: str) -> str:
    return thing_id


@router.get("/failures/{name}")
async def fail(name: str) -> None:
    raise FAILURES[name]


@router.get("/endless")
async def endless(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        request.app.state.streamed = True
        while True:
            yield b"more"

    return StreamingResponse(parts(), media_type="text/event-stream", headers={"x-kind": "stream"})


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError


@router.get("/tagged")
async def tagged(if_none_match: Annotated[str, Header()] = "") -> Response:
    return Response(status_code=304 if if_none_match else 200, headers={"etag": '"1"'})


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def app() -> FastAPI:
    return build_app(title="Tests", description="", lifespan=_lifespan, routers=[router])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/v1/things",
        "/v1/things/1",
        "/v1/tagged",
        "/v1/failures/conflict",
        "/v1/broken",
        "/v1/nowhere",
    ],
)
async def test_head_answers_what_get_answers_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    headers = {"x-request-id": "the-same-for-both"}
    head = await client.head(path, headers=headers)
    assert head.content == b""
    get = await client.get(path, headers=headers)
    assert (head.status_code, head.headers) == (get.status_code, get.headers)
    assert get.headers["x-request-id"] == "the-same-for-both"


async def test_head_begins_no_stream(app: FastAPI, client: httpx.AsyncClient) -> None:
    head = await client.head("/v1/endless")
    assert (head.status_code, head.headers["x-kind"], head.content) == (200, "stream", b"")
    assert not hasattr(app.state, "streamed")


async def test_head_keeps_conditions(client: httpx.AsyncClient) -> None:
    head = await client.head("/v1/tagged", headers={"if-none-match": '"1"'})
    assert (head.status_code, head.headers["etag"]) == (304, '"1"')


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/things", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/v1/things/1", {"GET", "HEAD", "PUT", "OPTIONS"}),
        ("/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_a_refused_method_is_told_all_that_are_allowed(
    client: httpx.AsyncClient, path: str, allowed: set[str]
) -> None:
    refused = await client.delete(path)
    problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["allow"].split(", ")) == allowed
    assert len(refused.headers.get_list("allow")) == 1
    asked = await client.options(path)
    assert len(asked.headers.get_list("allow")) == 1
    assert (asked.status_code, asked.content) == (204, b"")
    assert set(asked.headers["allow"].split(", ")) == allowed


async def test_options_of_nothing_is_nothing(client: httpx.AsyncClient) -> None:
    problem(await client.options("/v1/nowhere"), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/things/", "/healthz/", "/v1/things/1/"])
async def test_a_slash_too_many_leads_nowhere_else(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"host": "evil.example"})
    problem(answer, 404, "not_found")
    assert "evil.example" not in str(answer.headers)


@pytest.mark.parametrize(("name", "status", "after"), [("busy", 503, 8), ("unavailable", 503, 2)])
async def test_who_is_asked_to_come_back_is_told_when(
    client: httpx.AsyncClient, name: str, status: int, after: int
) -> None:
    answer = await client.get(f"/v1/failures/{name}")
    problem(answer, status, "unavailable")
    assert answer.headers["retry-after"] == str(after)


async def test_every_answer_that_may_be_repeated_says_when(client: httpx.AsyncClient) -> None:
    for name, status in (("timeout", 504), ("too-many", 429)):
        answer = await client.get(f"/v1/failures/{name}")
        assert (answer.status_code, int(answer.headers["retry-after"])) == (status, 2)
    assert "retry-after" not in (await client.get("/v1/failures/conflict")).headers


async def test_a_service_that_is_not_ready_says_when_to_ask_again(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    async def fail() -> None:
        raise Unavailable("Not yet.")

    app.state.checks = {"start": fail}
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_an_id_with_nul_names_nothing(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/things/a%00b"), 404, "not_found")
    problem(await client.put("/v1/things/%00"), 404, "not_found")
