"""Bad input is answered with a problem document and a stable code, and changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.orchestrator.service.world import LEISURELY, World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]

EDITABLE = "src/pages/Home.tsx"


@dataclass
class Subject:
    """An app that is live, and what the API has shown of it before anything bad was sent."""

    world: World
    id: str
    before: list[Any] = field(default_factory=list)

    @property
    def http(self) -> httpx.AsyncClient:
        return self.world.api.http

    async def shown(self) -> list[Any]:
        """All that a request could have changed: a file makes a version, a message a run."""
        parts = ("versions", "messages", "deployments")
        paths = ["/v1/apps", *(f"/v1/apps/{self.id}/{part}" for part in parts)]
        return await asyncio.gather(*(self.world.api.get(path) for path in paths))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def subject(world: World) -> Subject:
    app, _ = await world.app()
    made = Subject(world, app)
    made.before = await made.shown()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def unchanged(subject: Subject) -> AsyncIterator[Subject]:
    yield subject
    assert await subject.shown() == subject.before


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    return body


PROMPTS = {
    "empty": ("", 422, "prompt_empty"),
    "whitespace": (" \n\t ", 422, "prompt_empty"),
    "200 kB": ("word " * 40_000, 413, "prompt_too_large"),
    "100 kB in three-byte characters": ("木" * 40_000, 413, "prompt_too_large"),
    "NUL": ("A list\0 of books", 422, "prompt_not_text"),
}


@pytest.mark.parametrize(("prompt", "status", "code"), PROMPTS.values(), ids=PROMPTS)
async def test_prompts(unchanged: Subject, prompt: str, status: int, code: str) -> None:
    problem(await unchanged.http.post("/v1/apps", json={"prompt": prompt}), status, code)
    path = f"/v1/apps/{unchanged.id}/messages"
    problem(await unchanged.http.post(path, json={"content": prompt}), status, code)


BODIES: dict[str, bytes] = {
    "no JSON": b"{prompt: a list}",
    "cut off": b'{"prompt": "A list',
    "empty": b"",
    "no object": b'"A list"',
    "no prompt": b"{}",
    "no text": b'{"prompt": 42}',
    "unknown field": b'{"prompt": "A list", "temperature": 2}',
    "lone surrogate in the name": b'{"prompt": "A list", "name": "\\udfff"}',
    "NUL in the name": b'{"prompt": "A list", "name": "a\\u0000b"}',
    "long name": b'{"prompt": "A list", "name": "%s"}' % (b"n" * 101),
    "template of another form": b'{"prompt": "A list", "template": "../vite-react"}',
    "template in no channel": b'{"prompt": "A list", "template": "vite-react@nightly"}',
    "model of another form": b'{"prompt": "A list", "model": "a b"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_bodies(unchanged: Subject, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    problem(await unchanged.http.post("/v1/apps", content=body, headers=headers), 422, "invalid_request")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"prompt": "A list \\ud800"}', 422, "prompt_not_text"),
        (b'{"prompt": "\xff\xfe"}', 400, "bad_request"),
        (b'{"prompt": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "bad_request"),
    ],
    ids=["lone surrogate", "no UTF-8", "deeply nested"],
)
async def test_bodies_that_are_no_text(unchanged: Subject, body: bytes, status: int, code: str) -> None:
    headers = {"content-type": "application/json"}
    problem(await unchanged.http.post("/v1/apps", content=body, headers=headers), status, code)


@pytest.mark.parametrize("template", ["nothing-like-it", "vite-react@99.0.0", "vite-react@99"])
async def test_templates_that_do_not_exist(unchanged: Subject, template: str) -> None:
    body = {"prompt": "A list", "template": template}
    problem(await unchanged.http.post("/v1/apps", json=body), 404, "template_not_found")


async def test_huge_bodies(unchanged: Subject) -> None:
    body = {"prompt": "x" * 3_000_000}
    problem(await unchanged.http.post("/v1/apps", json=body), 413, "payload_too_large")


# Percent-encoded, as a client must, or httpx and proxies would tidy them up on the way.
PATHS = {
    "parent": "..%2Fescaped.txt",
    "parent inside": "src%2F..%2F..%2Fescaped.txt",
    "encoded dots": "%2e%2e%2fescaped.txt",
    "absolute": "%2Fetc%2Fpasswd",
    "NUL": "src%2Fa%00b.ts",
    "backslashes": "src%5C..%5Ca.ts",
    "over-long": "src%2F" + "a" * 300 + ".ts",
    "over-long folder": "a" * 101 + "%2Fa.ts",
    "reserved on Windows": "src%2Fcon.ts",
    "reserved device": "src%2FLPT1",
    "git": ".git%2Fhooks%2Fpost-checkout",
    "packages": "node_modules%2Freact%2Findex.js",
    "build output": "dist%2Findex.html",
    "double slash": "src%2F%2Fa.ts",
    "trailing dot": "src%2Fa.",
    "no UTF-8": "src%2F%FF.ts",
    "control character": "src%2Fa%07b.ts",
    "empty": "",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_paths(unchanged: Subject, method: str, path: str) -> None:
    content = b"escaped" if method == "PUT" else None
    url = f"/v1/apps/{unchanged.id}/files/{path}"
    problem(await unchanged.http.request(method, url, content=content), 422, "invalid_path")


@pytest.mark.parametrize(
    "path",
    [
        "package.json",
        "vite.config.ts",
        "vite.config.js",
        "src/components/ui/button.tsx",
        "INDEX.html",
        ".env",
        "src/lib/utils.js",
        "src/components/ui.ts",
    ],
)
async def test_locked_files(unchanged: Subject, path: str) -> None:
    url = f"/v1/apps/{unchanged.id}/files/{path}"
    problem(await unchanged.http.put(url, content=b"{}"), 423, "file_locked")
    problem(await unchanged.http.delete(url), 423, "file_locked")


@pytest.mark.parametrize(
    ("path", "content", "status", "code"),
    [
        ("public/big.png", b"x" * 1_000_001, 413, "file_too_large"),
        ("public/huge.png", b"x" * 2_200_000, 413, "payload_too_large"),
        ("src/zero.ts", b"const a = 1;\0", 422, "binary_content"),
        ("src/latin1.css", "body{content:'ä'}".encode("latin-1"), 422, "binary_content"),
        ("src/PAGES/Home.tsx", b"export {};", 409, "path_conflict"),
        ("public", b"a file where a folder is", 409, "path_conflict"),
        ("src/App.tsx/inside.ts", b"a folder where a file is", 409, "path_conflict"),
        ("src/App.ts", b"export {};", 409, "path_conflict"),
        ("src/legacy.js", b"export {};", 422, "file_not_allowed"),
        ("src/legacy.css", b"a {}\n@plugin './x';", 422, "file_not_allowed"),
        ("src/legacy.ts", b"import './x.txt?x.css';", 422, "file_not_allowed"),
    ],
)
async def test_contents(unchanged: Subject, path: str, content: bytes, status: int, code: str) -> None:
    url = f"/v1/apps/{unchanged.id}/files/{path}"
    problem(await unchanged.http.put(url, content=content), status, code)


async def test_a_file_that_would_run_is_refused_with_its_line(unchanged: Subject) -> None:
    url = f"/v1/apps/{unchanged.id}/files/src/legacy.css"
    body = problem(await unchanged.http.put(url, content=b"a {}\n\n@config 'x';"), 422, "file_not_allowed")
    assert (body["path"], body["line"]) == ("src/legacy.css", 3)
    assert "@config would run code while the app is built" in body["detail"]


async def test_a_write_over_what_somebody_else_wrote(unchanged: Subject) -> None:
    url = f"/v1/apps/{unchanged.id}/files/{EDITABLE}"
    stale = {"if-match": f'"{"0" * 64}"'}
    answer = await unchanged.http.put(url, content=b"export {};", headers=stale)
    assert problem(answer, 412, "version_conflict")["path"] == EDITABLE
    problem(await unchanged.http.delete(url, headers=stale), 412, "version_conflict")
    missing = f"/v1/apps/{unchanged.id}/files/src/new.ts"
    wildcard = {"if-match": "*"}
    problem(await unchanged.http.put(missing, content=b"", headers=wildcard), 412, "version_conflict")


BAD_QUERIES = [
    "/v1/apps?limit=0",
    "/v1/apps?limit=201",
    "/v1/apps?limit=ten",
    "/v1/apps?cursor=%00",
    "/v1/apps?cursor=" + "a" * 65,
    "/v1/apps/{app}/runs?cursor=../x",
    "/v1/apps/{app}/messages?cursor=%FF",
    "/v1/apps/{app}/versions?cursor=-1",
    "/v1/apps/{app}/versions?cursor=99999999999",
    "/v1/apps/{app}/versions/99999999999",
    "/v1/apps/{app}/versions/latest",
    "/v1/apps/{app}/versions/-1",
    "/v1/apps/{app}/versions/1/diff?base=99999999999",
    "/v1/apps/{app}/files?version=99999999999",
    "/v1/apps/{app}/events?after=-1",
    "/v1/apps/{app}/events?after=99999999999999999999",
    "/v1/apps/{app}/env/moon",
    "/v1/templates/..%5C",
]


@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_queries(unchanged: Subject, query: str) -> None:
    answer = await unchanged.http.get(query.format(app=unchanged.id))
    problem(answer, 422, "invalid_request")


MISSING = {
    "/v1/apps/{app}/versions/99": "version_not_found",
    "/v1/apps/{app}/versions/1/diff?base=99": "version_not_found",
    "/v1/apps/{app}/files?version=99": "version_not_found",
    "/v1/apps/{app}/files/src/Nothing.tsx": "file_not_found",
    "/v1/apps/{app}/builds/build_0": "build_not_found",
    "/v1/apps/{app}/builds/build_0/log": "build_not_found",
    "/v1/apps/{app}/deployments/dep_0": "deployment_not_found",
    "/v1/runs/run_0": "run_not_found",
    "/v1/apps/zzzzzzzzzzzz": "app_not_found",
    "/v1/apps/zzzzzzzzzzzz/events": "app_not_found",
    "/v1/apps/%00": "not_found",
    "/v1/runs/%00": "not_found",
    "/v1/templates/nothing": "template_not_found",
}


@pytest.mark.parametrize(("path", "code"), MISSING.items(), ids=MISSING)
async def test_what_does_not_exist(unchanged: Subject, path: str, code: str) -> None:
    problem(await unchanged.http.get(path.format(app=unchanged.id)), 404, code)


async def test_a_template_that_does_not_exist_is_named_without_the_rest_of_the_path(
    unchanged: Subject,
) -> None:
    answer = await unchanged.http.get("/v1/templates/nothing/versions")
    problem(answer, 404, "template_not_found")
    assert answer.json()["detail"] == "There is no template 'nothing'."


@pytest.mark.parametrize("name", ["lower", "9NINE", "A%3FB", "A%20B", "A" * 65, "%2e%2e"])
async def test_names_of_secrets(unchanged: Subject, name: str) -> None:
    url = f"/v1/apps/{unchanged.id}/env/preview/{name}"
    problem(await unchanged.http.put(url, json={"value": "x"}), 422, "invalid_request")
    problem(await unchanged.http.delete(url), 422, "invalid_request")


@pytest.mark.parametrize("key", [b"", b"with space", b"k" * 201, "ключ".encode()])
async def test_idempotency_keys(unchanged: Subject, key: bytes) -> None:
    answer = await unchanged.http.post(
        "/v1/apps", json={"prompt": "A list"}, headers={b"idempotency-key": key}
    )
    problem(answer, 422, "invalid_request")


async def test_a_method_that_is_not_there(unchanged: Subject) -> None:
    problem(await unchanged.http.put("/v1/apps", json={}), 405, "method_not_allowed")


async def test_a_rollback_to_what_was_never_live(world: World) -> None:
    app, _ = await world.app()
    asked = await world.api.post(f"/v1/apps/{app}/deployments", {"environment": "production"})
    waiting = asked["deployment"]["id"]
    path = f"/v1/apps/{app}/deployments"
    problem(await world.api.http.post(f"{path}/{waiting}/rollback"), 409, "deployment_never_live")
    problem(await world.api.http.post(f"{path}/dep_0/rollback"), 404, "deployment_not_found")
    missing = {"environment": "production", "version": 99}
    problem(await world.api.http.post(path, json=missing), 404, "version_not_found")
    assert len((await world.api.get(path))["items"]) == 2


async def test_files_are_not_written_while_a_run_writes_them(world: World) -> None:
    app, run = await world.api.create_app(LEISURELY)
    await world.api.event(app, lambda event: event.type == "file.written")
    url = f"/v1/apps/{app}/files/{EDITABLE}"
    assert problem(await world.api.http.put(url, content=b""), 409, "run_active")["run_id"] == run
    problem(await world.api.http.delete(url), 409, "run_active")
    problem(await world.api.http.post(f"/v1/apps/{app}/versions/0/restore"), 409, "run_active")
    await world.live(app)
    await world.api.succeeded(app, run)
    problem(await world.api.http.post(f"/v1/runs/{run}/cancel"), 409, "run_not_cancellable")
    assert len((await world.api.get(f"/v1/apps/{app}/versions"))["items"]) == 2
