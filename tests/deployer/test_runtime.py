"""The Worker's runtime in real workerd, asked as browsers ask."""

import asyncio
import gzip
import hashlib
from collections.abc import AsyncIterator, Iterator

import brotli
import httpx
import pytest
import pytest_asyncio

from common.database import Database
from deployer.clients.live import Answer, live_apps
from dev.edge.launcher import Edge
from tests.deployer.artifacts import noise, page, small_app
from tests.deployer.workers import App, deployed

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOVIE = noise(200_000, 7)
SCRIPT = "/assets/index-a1B2c3D4.js"
ENCODINGS = ("br", "gzip", "identity")
FILES = {
    **small_app(),
    "movie.mp4": MOVIE,
    "gone.mp4": noise(70_000, 8),
    "logo.png": noise(4_000, 9),
    "words.txt": b"words " * 1000,
    "empty.txt": b"",
    "docs/index.html": page(title="Docs"),
    "caf\u00e9 1.txt": b"coffee",
    "__proto__": b"no trap",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(edge: Edge, db: Database, monkeypatch_module: pytest.MonkeyPatch) -> AsyncIterator[App]:
    async with deployed(edge, db, monkeypatch_module, FILES, gone="gone.mp4") as app:
        yield app


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        (SCRIPT, "text/javascript; charset=utf-8"),
        ("/assets/index-Z9y8X7w6.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8"),
        ("/logo.png", "image/png"),
        ("/movie.mp4", "video/mp4"),
        ("/empty.txt", "text/plain; charset=utf-8"),
        ("/caf%C3%A9%201.txt", "text/plain; charset=utf-8"),
        ("/__proto__", "application/octet-stream"),
    ],
)
async def test_files_come_whole_with_their_type(app: App, path: str, content_type: str) -> None:
    answer = await app.get(path)
    name = httpx.URL(path).path.lstrip("/") or "index.html"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    if name != "index.html":
        assert answer.content == app.files[name]
        assert int(answer.headers["content-length"]) == len(app.files[name])


async def test_hashed_files_are_cached_for_ever_and_pages_never(app: App) -> None:
    assert (await app.get(SCRIPT)).headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/", "/some/route", "/favicon.svg", "/movie.mp4"):
        assert (await app.get(path, accept="text/html")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("*", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.2, identity;q=0.8", None),
        ("gzip;q=0", None),
        ("deflate", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_the_client_gets_an_encoding_it_accepts(app: App, accepts: str, encoding: str | None) -> None:
    answer, body = await app.raw(SCRIPT, accept_encoding=accepts)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"].lower() == "accept-encoding"
    source = app.files[SCRIPT.lstrip("/")]
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(body) == source
    assert int(answer.headers.get("content-length", len(body))) == len(body)
    assert encoding is None or len(body) < len(source)


async def test_the_encodings_have_different_strong_validators(app: App) -> None:
    tags = {(await app.raw(SCRIPT, accept_encoding=name))[0].headers["etag"] for name in ENCODINGS}
    assert len(tags) == 3
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize("path", ["/", SCRIPT, "/movie.mp4", "/logo.png"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {} ,"more"', "*"])
async def test_a_known_validator_gets_304_without_a_body(app: App, path: str, form: str) -> None:
    etag = (await app.get(path)).headers["etag"]
    answer = await app.get(path, if_none_match=form.format(etag))
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == etag
    assert "cache-control" in answer.headers


async def test_another_validator_gets_the_file(app: App) -> None:
    assert (await app.get("/", if_none_match='"other", W/"more"')).status_code == 200


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["if-none-match", "if-match"])
async def test_a_validator_is_that_of_one_encoding(app: App, name: str, encoding: str) -> None:
    async def status(tag: str) -> int:
        headers = {"accept-encoding": encoding, name: tag}
        return (await app.client.get(SCRIPT, headers=headers)).status_code

    tags = {key: (await app.raw(SCRIPT, accept_encoding=key))[0].headers["etag"] for key in ENCODINGS}
    fits, fails = (304, 200) if name == "if-none-match" else (200, 412)
    for key, tag in tags.items():
        assert await status(f'"a,b", {tag}') == (fits if key == encoding else fails)
    assert await status(f"W/{tags[encoding]}") == (304 if name == "if-none-match" else 412)
    assert await status("*") == fits


async def test_conditions_come_in_their_order(app: App) -> None:
    etag = (await app.get("/movie.mp4")).headers["etag"]
    past, future = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    for headers, status in (
        ({"if_match": '"other"', "if_none_match": etag}, 412),
        ({"if_match": etag, "if_none_match": etag}, 304),
        ({"if_match": etag, "range": "bytes=0-9"}, 206),
        ({"if_match": '"other"', "range": "bytes=0-9"}, 412),
        ({"if_none_match": etag, "range": "bytes=0-9"}, 304),
        ({"if_none_match": '"other"', "if_modified_since": future}, 200),
        # The files have no date, so that nothing is said of what depends on one.
        ({"if_modified_since": future}, 200),
        ({"if_unmodified_since": past}, 200),
        ({"if_range": past, "range": "bytes=0-9"}, 200),
    ):
        answer = await app.get("/movie.mp4", **headers)
        assert answer.status_code == status, headers
        assert answer.headers["cache-control"] == ("no-store" if status == 412 else "no-cache")
    assert (await app.get("/nowhere.png", if_match='"other"')).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", SCRIPT, "/movie.mp4", "/some/route", "/gone.mp4", "/docs", "/nowhere.png", "/empty.txt", "/%zz"],
)
async def test_head_is_get_without_a_body(app: App, path: str) -> None:
    for encoding in ENCODINGS:
        headers = {"accept": "text/html", "accept-encoding": encoding}
        get = await app.client.get(path, headers=headers)
        head = await app.client.head(path, headers=headers)
        assert (head.status_code, head.content) == (get.status_code, b"")
        for answer in (get, head):
            for name in ("date", "transfer-encoding"):
                answer.headers.pop(name, None)
        assert head.headers == get.headers


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/books", {"accept": "text/html"}),
        ("/books/", {"accept": "application/xhtml+xml, Text/HTML;q=0.9"}),
        ("/books/7/edit", {"sec_fetch_mode": "navigate", "accept": "*/*"}),
        ("/users/jane.doe", {"accept": "text/html,*/*;q=0.8"}),
        ("/v1.2", {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}),
    ],
)
async def test_routes_of_the_app_get_the_page(app: App, path: str, headers: dict[str, str]) -> None:
    answer = await app.get(path, **headers)
    assert answer.status_code == 200
    assert "window.ENV" in answer.text
    assert answer.headers["vary"] == "Accept-Encoding, Accept, Sec-Fetch-Dest, Sec-Fetch-Mode"
    assert (await app.get("/", **headers)).headers["vary"] == "Accept-Encoding", (
        "that is a file for everybody"
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/assets/missing-a1B2c3D4.js", {}),
        ("/assets/missing-a1B2c3D4.js", {"sec_fetch_mode": "navigate", "accept": "text/html"}),
        ("/missing.png", {}),
        ("/api/books", {"accept": "*/*"}),
        ("/api/books", {"accept": "*/*", "sec_fetch_mode": "cors", "sec_fetch_dest": "empty"}),
        ("/api/books", {"accept": "application/json, text/html;q=0"}),
        ("/books/7/edit", {}),
        ("/books/", {}),
        ("/route", {"sec_fetch_dest": "script"}),
        ("/api/books", {"accept": "application/json"}),
        ("/..%2f..%2fetc", {"accept": "image/png"}),
    ],
)
async def test_missing_files_are_not_the_page(app: App, path: str, headers: dict[str, str]) -> None:
    answer = await app.get(path, **headers)
    assert answer.status_code == 404
    assert answer.text == "Not found\n"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_refused(app: App, method: str) -> None:
    answer = await app.get("/", method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/%zz", "/%c3%28", "/a%00b"])
async def test_paths_that_are_no_text_are_refused(app: App, path: str) -> None:
    assert (await app.get(path)).status_code == 400


async def test_a_folder_with_a_page_gets_its_slash(app: App) -> None:
    answer = await app.get("/docs?q=1")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs/?q=1")
    assert "<title>Docs" in (await app.get("/docs/")).text


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=199900-", 199_900, 200_000),
        ("bytes=-100", 199_900, 200_000),
        ("bytes=-999999", 0, 200_000),
        ("bytes=199990-999999", 199_990, 200_000),
    ],
)
async def test_one_range_of_a_stored_file(app: App, wanted: str, start: int, end: int) -> None:
    answer = await app.get("/movie.mp4", range=wanted)
    assert answer.status_code == 206
    assert answer.content == MOVIE[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/200000"
    assert int(answer.headers["content-length"]) == end - start


@pytest.mark.parametrize("path", ["/logo.png", "/words.txt"])
async def test_one_range_of_an_embedded_file(app: App, path: str) -> None:
    answer = await app.get(path, range="bytes=10-19")
    assert (answer.status_code, answer.content) == (206, app.files[path.lstrip("/")][10:20])


@pytest.mark.parametrize("path", ["/movie.mp4", "/logo.png"])
@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=-0"])
async def test_a_range_beyond_the_file_is_416(app: App, path: str, wanted: str) -> None:
    answer = await app.get(path, range=wanted)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(app.files[path.lstrip('/')])}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=5-1", "bytes=-", "items=0-1", "nonsense"])
async def test_what_is_no_single_range_gets_everything(app: App, wanted: str) -> None:
    answer = await app.get("/movie.mp4", range=wanted)
    assert (answer.status_code, len(answer.content)) == (200, 200_000)


async def test_if_range_guards_a_range(app: App) -> None:
    etag = (await app.get("/movie.mp4")).headers["etag"]
    assert (await app.get("/movie.mp4", range="bytes=0-9", if_range=etag)).status_code == 206
    assert (await app.get("/movie.mp4", range="bytes=0-9", if_range=f"W/{etag}")).status_code == 200
    assert (await app.get("/movie.mp4", range="bytes=0-9", if_range='"other"')).status_code == 200


async def test_a_file_lost_from_r2_is_said_to_be(app: App) -> None:
    answer = await app.get("/gone.mp4")
    assert answer.status_code == 502
    assert "missing from storage" in answer.text


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (200, "GET", "/", {}),
        (200, "GET", SCRIPT, {"accept_encoding": "br"}),
        (200, "HEAD", "/movie.mp4", {}),
        (206, "GET", "/movie.mp4", {"range": "bytes=0-9"}),
        (304, "GET", "/", {"if_none_match": "*"}),
        (307, "GET", "/docs", {}),
        (400, "GET", "/%zz", {}),
        (404, "GET", "/nowhere.png", {}),
        (405, "POST", "/", {}),
        (412, "GET", "/", {"if_match": '"other"'}),
        (416, "GET", "/movie.mp4", {"range": "bytes=-0"}),
        (502, "GET", "/gone.mp4", {}),
    ],
)
async def test_every_answer_guards_the_app(
    app: App, status: int, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await app.get(path, method, **headers)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == "frame-ancestors 'self'"
    assert answer.headers["permissions-policy"].startswith("camera=(self), geolocation=(self)")
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers, "nothing says https here"


async def test_many_requests_at_once(app: App) -> None:
    paths = ["/", SCRIPT, "/movie.mp4", "/words.txt", "/nowhere.png"] * 20
    answers = await asyncio.gather(*(app.get(path) for path in paths))
    assert {answer.status_code for answer in answers} == {200, 404}


async def test_an_app_is_loaded_through_the_origin_given_for_it(app: App, edge: Edge) -> None:
    page_digest = hashlib.sha256((await app.get("/")).content).hexdigest()
    async with live_apps(f"127.0.0.1:{edge.apps_port}") as live:
        answer = await live.load(f"http://{app.app_id}.localhost/", 5)
    assert answer == Answer(200, "dep_1", page_digest)


async def test_localhost_names_need_no_resolver_and_dead_ones_do_no_harm(app: App, edge: Edge) -> None:
    async with live_apps(None) as live:
        assert (await live.load(edge.app_url(app.app_id), 5)).status == 200
        dead = await live.load("http://x.localhost:9/", 5)
    assert dead.status == 0
    assert dead.problem is not None
