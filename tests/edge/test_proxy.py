"""What a browser gets through the apps proxy."""

import asyncio
import base64
import hashlib

import httpx
import pytest

from dev.edge.launcher import Edge
from tests.edge.workers import BROTLI, HTML, Exchange, form

SCRIPT = "/workers/scripts/site"

STREAMING = """
export default {
  async fetch(request) {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const say = (text) => writer.write(new TextEncoder().encode(text));
    const talk = async () => {
      say("first ");
      for await (const chunk of request.body) writer.write(chunk);
      writer.close();
    };
    talk();
    return new Response(readable, { status: 201, statusText: "Made" });
  },
};
"""

SOCKET = """
export default {
  fetch(request) {
    if (request.headers.get("upgrade") !== "websocket") return new Response("no", { status: 426 });
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.addEventListener("message", (event) => server.send("echo " + event.data));
    return new Response(null, { status: 101, webSocket: client });
  },
};
"""

THROWING = """
export default { fetch(request) {
  if (new URL(request.url).pathname === "/throw") throw new Error("inside");
  return new Response("fine");
} };
"""


@pytest.fixture
async def site(api: httpx.AsyncClient, app: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await api.put(SCRIPT, files=form())).is_success
    return app


async def test_the_worker_sees_its_public_address_and_cloudflares_headers(
    edge: Edge, site: httpx.AsyncClient
) -> None:
    headers = {
        "x-custom": "kept",
        "cf-connecting-ip": "6.6.6.6",
        "x-forwarded-host": "evil",
        "mf-cf-blob": "{}",
    }
    seen = (await site.get("/request?a=%20b&c", headers=headers)).json()
    assert seen["url"] == f"{edge.app_url('site')}/request?a=%20b&c"
    assert seen["headers"]["x-custom"] == "kept"
    assert seen["headers"]["host"] == f"site.localhost:{edge.apps_port}"
    assert seen["headers"]["cf-connecting-ip"] == "127.0.0.1"
    assert seen["headers"]["x-forwarded-host"] == f"site.localhost:{edge.apps_port}"
    assert seen["headers"]["x-forwarded-proto"] == "http"
    assert seen["cf"]["colo"] == "LOC"
    assert "mf-cf-blob" not in seen["headers"]


async def test_clients_that_cannot_read_brotli_get_plain_bytes(site: httpx.AsyncClient) -> None:
    plain = await site.get("/", headers={"accept-encoding": "identity"})
    assert plain.content == HTML
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] == 'W/"abc"'
    refused = await site.get("/", headers={"accept-encoding": "gzip, br;q=0"})
    assert "content-encoding" not in refused.headers
    head = await site.head("/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in head.headers


async def test_head_and_conditional_requests_pass_unchanged(site: httpx.AsyncClient) -> None:
    head = await site.head("/", headers={"accept-encoding": "br"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(BROTLI))
    fresh = await site.get("/", headers={"if-none-match": '"abc"'})
    assert (fresh.status_code, fresh.content) == (304, b"")
    assert fresh.headers["etag"] == '"abc"'


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_bodies_arrive_whole(site: httpx.AsyncClient, method: str) -> None:
    body = bytes(range(256)) * 8000
    answer = await site.request(method, "/echo", content=body)
    assert answer.content == body
    assert answer.headers["x-echo"] == "1"
    assert (await site.request(method, "/echo")).content == b""


async def test_bodies_stream_both_ways_at_once(edge: Edge, api: httpx.AsyncClient) -> None:
    await api.put(SCRIPT, files=form(STREAMING))
    exchange = await Exchange.begin(edge.apps_port, "site")
    await exchange.until(b"first ")
    assert exchange.heard.startswith(b"HTTP/1.1 201 Made\r\n")
    exchange.say("second ")
    await exchange.until(b"second ")
    exchange.say("third ")
    await exchange.until(b"third ")
    await exchange.end()


async def test_websockets_pass(edge: Edge, api: httpx.AsyncClient) -> None:
    await api.put(SCRIPT, files=form(SOCKET))
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.apps_port)
    key = base64.b64encode(b"k" * 16).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: site.localhost:{edge.apps_port}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    async with asyncio.timeout(120):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        accept = base64.b64encode(
            hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        )
        assert head.startswith("http/1.1 101")
        assert accept.decode().lower() in head
        writer.write(b"\x81\x82\x00\x00\x00\x00hi")
        assert await reader.readexactly(9) == b"\x81\x07echo hi"
    writer.close()


async def test_a_host_without_a_worker_gets_a_clear_page(edge: Edge) -> None:
    async with edge.app("nobody") as client:
        answer = await client.get("/")
        assert answer.status_code == 404
        assert "There is no Worker &quot;nobody&quot; here." in answer.text
        assert (await client.get("/", headers={"host": "example.com"})).status_code == 404
        assert (await client.head("/")).content == b""


async def test_a_worker_that_throws_hurts_only_that_request(
    edge: Edge, api: httpx.AsyncClient, app: httpx.AsyncClient
) -> None:
    await api.put(SCRIPT, files=form(THROWING))
    assert (await app.get("/throw")).status_code == 500
    assert (await app.get("/")).text == "fine"
    assert any("Error: inside" in line for line in edge.log)


async def test_a_script_named_like_another_is_another(edge: Edge, site: httpx.AsyncClient) -> None:
    async with edge.app("site-preview") as preview:
        assert (await preview.get("/")).status_code == 404
    async with edge.app("SITE") as shouted:
        assert (await shouted.get("/")).content == HTML
