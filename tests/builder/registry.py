"""A small npm registry at the network's edge, for packages that no real one would have."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

BULK = "/-/npm/v1/security/advisories/bulk"


def tarball(about: Mapping[str, Any], files: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    """As `npm pack` makes them; `more` are members without content, such as links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, content in {"package.json": json.dumps(about).encode(), **files}.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in more:
            tar.addfile(member)
    return buffer.getvalue()


@dataclass
class FakeRegistry:
    """`advisories` by package; None: there is no such database. With `stalls` it never answers."""

    packuments: dict[str, dict[str, Any]] = field(default_factory=dict)
    tarballs: dict[str, bytes] = field(default_factory=dict)
    advisories: dict[str, list[dict[str, Any]]] | None = None
    asked: list[str] = field(default_factory=list)
    stalls: threading.Event | None = None
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def publish(
        self,
        name: str,
        version: str = "1.0.0",
        *,
        days: float = 400,
        files: Mapping[str, bytes] | None = None,
        content: bytes | None = None,
        inside: Mapping[str, Any] | None = None,
        integrity: str | None = None,
        **manifest: Any,
    ) -> None:
        """`inside` is what the tarball's package.json has in addition; `content` another tarball."""
        about = {"name": name, "version": version, "license": "MIT", **manifest}
        usual = {"index.js": b"export const x = 1;", "index.d.ts": b"export declare const x: number;"}
        data = content or tarball({**about, **(inside or {})}, usual if files is None else files)
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.tarballs[path] = data
        sha512 = base64.b64encode(hashlib.sha512(data).digest()).decode()
        dist = {
            "tarball": self.url + path, "shasum": hashlib.sha1(data).hexdigest(),
            "integrity": integrity or f"sha512-{sha512}",
        }  # fmt: skip
        packument = self.packuments.setdefault(name, {"name": name, "versions": {}, "time": {}})
        packument["versions"][version] = {**about, "dist": dist}
        packument["time"][version] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        packument["dist-tags"] = {"latest": version}

    def __enter__(self) -> Self:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(registry.get(unquote(self.path)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                self._answer(registry.audit(self.path, body))

            def _answer(self, content: bytes | None) -> None:
                if registry.stalls is not None:
                    registry.stalls.wait(60)
                self.send_response(404 if content is None else 200)
                self.send_header("content-length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.stalls is not None:
            self.stalls.set()
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def get(self, path: str) -> bytes | None:
        """A packument or a tarball."""
        self.asked.append(path)
        if path in self.tarballs:
            return self.tarballs[path]
        packument = self.packuments.get(path.removeprefix("/"))
        return None if packument is None else json.dumps(packument).encode()

    def audit(self, path: str, body: bytes) -> bytes | None:
        """What is known against the packages that are asked about, by name and version."""
        self.asked.append(path)
        if path != BULK or self.advisories is None:
            return None
        wanted = json.loads(body)
        return json.dumps(
            {name: self.advisories[name] for name in wanted if name in self.advisories}
        ).encode()
