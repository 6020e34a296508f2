"""Workers to upload, and the forms that carry them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import brotli

HTML = b"<h1>hello</h1>" * 100
BROTLI: bytes = brotli.compress(HTML)
DATE = "2026-07-01"

Parts = list[tuple[str, tuple[str | None, str | bytes, str]]]

SITE = """
import html from "./index.html.br";
let instance;
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/instance") return new Response((instance ??= crypto.randomUUID()));
    if (url.pathname === "/request") return Response.json({ url: request.url, method: request.method,
      headers: Object.fromEntries(request.headers), cf: request.cf });
    if (url.pathname === "/env") return Response.json(env);
    if (url.pathname === "/echo") return new Response(request.body, { headers: { "x-echo": "1" } });
    if (url.pathname === "/type") return new Response(html.constructor.name + " " + html.byteLength);
    const headers = { "content-type": "text/html; charset=utf-8", "content-encoding": "br", etag: '"abc"' };
    if (request.headers.get("if-none-match") === '"abc"') return new Response(null, { status: 304, headers });
    return new Response(html, { encodeBody: "manual", headers });
  },
};
"""


def says(text: str) -> str:
    """A Worker that answers with one text."""
    return f"export default {{ fetch() {{ return new Response({json.dumps(text)}); }} }};"


def form(code: str = SITE, *, bindings: list[dict[str, Any]] | None = None, **metadata: Any) -> Parts:
    """The multipart form of a script, as wrangler lays it out."""
    described = {
        "main_module": "main.js",
        "compatibility_date": DATE,
        "bindings": bindings or [],
        **metadata,
    }
    parts: Parts = [
        ("metadata", (None, json.dumps(described), "application/json")),
        ("main.js", ("main.js", code, "application/javascript+module")),
    ]
    if "index.html.br" in code:
        parts.append(("index.html.br", ("index.html.br", BROTLI, "application/octet-stream")))
    return parts


def children(pid: int) -> list[int]:
    """The living direct children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


class Exchange:
    """One POST that speaks and listens at once, where HTTP clients do one after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.heard = b""

    @classmethod
    async def begin(cls, port: int, script: str) -> "Exchange":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST / HTTP/1.1\r\nHost: {script}.localhost:{port}\r\n".encode())
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        return cls(reader, writer)

    def say(self, text: str) -> None:
        self._writer.write(f"{len(text):x}\r\n{text}\r\n".encode())

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(120):
            while text not in self.heard:
                chunk = await self._reader.read(65536)
                assert chunk, f"the connection ended after {self.heard!r}"
                self.heard += chunk

    async def end(self) -> None:
        self._writer.write(b"0\r\n\r\n")
        await self.until(b"0\r\n\r\n")
        self._writer.close()
