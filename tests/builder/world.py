"""The builder as others meet it: a process, its messages, its HTTP API, its artifacts."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from nats.js.api import DeliverPolicy
from pydantic import SecretStr

from common.contracts import (
    BuildFinished,
    BuildMode,
    BuildRequested,
    BuildStarted,
    LiveEvent,
    artifact_key,
    source_key,
)
from common.contracts.events import BuildLogEvent
from common.ids import new_app_id, new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import BUILD_SUBJECTS
from common.objects import ObjectStore
from common.settings import S3Settings
from common.testing.forks import Forked, start_service
from common.testing.tether import free_port, tethered
from dev.edge.launcher import Edge
from templates.clients.content import read_template
from tests.builder.machine import strongest
from tests.caches import BUILDER_CACHE
from tests.patience import patiently
from tests.users import open_folder

TOKEN = "builder-service-token"
TEMPLATES_TOKEN = "templates-service-token"
CONTENT = Path("services/templates/templates/content/vite-react")
VERSION = json.loads((CONTENT / "template.json").read_text())["version"]
TEMPLATE = f"vite-react@{VERSION}"
SITE_CONTENT = CONTENT.with_name("site")
SITE = f"site@{json.loads((SITE_CONTENT / 'template.json').read_text())['version']}"
SCRIPTED = f"scripted@{VERSION}"
SCRIPT = "src/script.txt"
PLUGIN = """
import fs from "node:fs";
const tell = (name: string, value: unknown) => console.log("FOUND " + JSON.stringify([name, value]));
let root = "";
const script = (): PluginOption => ({
  name: "script",
  configResolved(config) {
    root = config.root;
  },
  async buildStart() {
    if (!fs.existsSync(`${root}/SCRIPT`)) return;
    const code = fs.readFileSync(`${root}/SCRIPT`, "utf8");
    await new (async () => {}).constructor("fs", "tell", code)(fs, tell);
  },
});
""".replace("SCRIPT", SCRIPT)
WAIT = 120.0

Source = dict[str, str | bytes | None]


def template_files() -> dict[str, bytes]:
    """The template's tree as an app starts with it."""
    return {
        str(path.relative_to(CONTENT)): path.read_bytes()
        for path in sorted(CONTENT.rglob("*"))
        if path.is_file()
        and path.name != "template.json"
        and not {"node_modules", "dist", ".vite"} & set(path.relative_to(CONTENT).parts)
    }


def site_files() -> dict[str, bytes]:
    """The tree of a site, as `template_files`."""
    files = read_template(SITE_CONTENT)
    return {path: content for path, content in files.items() if path != "template.json"}


def tarred(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@dataclass
class Process:
    """A service that can be stopped, killed and started again on the same address."""

    module: str
    environment: dict[str, str]
    log: Path
    token: str
    running: Forked | subprocess.Popen[bytes] | None = None

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.environment['PORT']}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=10,
            verify=False,  # there is no TLS, and reading the authorities takes 30 ms
        )

    async def start(
        self, extra: Mapping[str, str] | None = None, *, ready: bool = True, report: Path | None = None
    ) -> None:
        """`report` is where it tells of its costs, if it shall; see `common.testing.watch`."""
        with self.log.open("ab") as log:
            env = {**os.environ, **self.environment, **(extra or {})}
            # Its stop must not depend on an event loop.
            if report is None:
                self.running = start_service(self.module, env, log.fileno())
            else:
                watched = [sys.executable, "-m", "common.testing.watch", str(report), self.module]
                self.running = subprocess.Popen(tethered(watched), env=env, stdout=log, stderr=log)  # noqa: ASYNC220
        path = "/readyz" if ready else "/healthz"
        async with self.http() as http, asyncio.timeout(WAIT):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(path)).status_code == 200:
                        return
                assert self.running.poll() is None, self.log.read_text()
                await asyncio.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.running is not None:
            self.running.send_signal(how)
            self.running.wait(15)
            self.running = None


@dataclass
class World:
    builder: Process
    bus: Bus
    store: ObjectStore
    events: list[BuildStarted | BuildFinished] = field(default_factory=list)
    lines: list[BuildLogEvent] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def work(self) -> Path:
        """Where builds have their files that no namespace gives them."""
        return Path(self.builder.environment["BUILDER_WORK_DIR"])

    async def upload(self, app_id: str, source: Source | None = None) -> str:
        """Stores the template with `source` over it, None leaving a file out; answers the digest."""
        files: dict[str, bytes] = template_files()
        for path, content in (source or {}).items():
            if content is None:
                files.pop(path, None)
            else:
                files[path] = content.encode() if isinstance(content, str) else content
        data = tarred(files)
        digest = hashlib.sha256(data).hexdigest()
        await self.store.put(source_key(app_id, digest), data)
        return digest

    async def send(self, request: BuildRequested) -> None:
        subject = BUILD_SUBJECTS[request.mode.value]
        body, headers = request.model_dump_json().encode(), envelope("tests", request)
        await patiently(lambda: self.bus.publish(subject, body, headers))

    async def request(self, source: Source | None = None, **fields: Any) -> BuildRequested:
        """Sends a build of the template with `source` over it."""
        app_id = fields.pop("app_id", None) or new_app_id()
        digest = fields.pop("source_digest", None) or await self.upload(app_id, source)
        request = BuildRequested(
            build_id=fields.pop("build_id", None) or new_id("bld"),
            team_id=fields.pop("team_id", None) or new_id("team"),
            app_id=app_id,
            mode=fields.pop("mode", BuildMode.PREVIEW),
            source_digest=digest,
            template=fields.pop("template", TEMPLATE),
            **fields,
        )
        await self.send(request)
        return request

    async def build(self, source: Source | None = None, **fields: Any) -> BuildFinished:
        return await self.finished((await self.request(source, **fields)).build_id)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(condition)

    async def started(self, build_id: str) -> None:
        await self.until(
            lambda: any(isinstance(e, BuildStarted) and e.build_id == build_id for e in self.events)
        )

    async def logged(self, build_id: str, text: str) -> None:
        """Waits for a live log line with that text."""
        await self.until(lambda: any(n.build_id == build_id and text in n.text for n in self.lines))

    async def finished(self, build_id: str, *, times: int = 1) -> BuildFinished:
        """The build's outcome, once it has been told so many times."""

        def told() -> list[BuildFinished]:
            return [e for e in self.events if isinstance(e, BuildFinished) and e.build_id == build_id]

        await self.until(lambda: len(told()) >= times)
        return told()[-1]

    async def get(self, path: str) -> httpx.Response:
        async with self.builder.http() as http:
            return await http.get(path)

    async def artifact(self, finished: BuildFinished) -> dict[str, bytes]:
        """The members of the build's artifact."""
        assert finished.artifact is not None, f"{finished.message}\n{finished.log}"
        data = await self.store.get(artifact_key(finished.app_id, finished.artifact.digest))
        assert hashlib.sha256(data).hexdigest() == finished.artifact.digest
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            return {m.name: f.read() for m in tar if (f := tar.extractfile(m))}


def s3(edge: Edge) -> S3Settings:
    return S3Settings(
        s3_endpoint_url=edge.s3_url,
        s3_access_key_id=SecretStr(edge.s3_access_key_id),
        s3_secret_access_key=SecretStr(edge.s3_secret_access_key),
    )


def scripted(code: str) -> dict[str, Any]:
    """What to ask a build for in which this code runs, as no app's can: its template is to blame."""
    return {"source": {SCRIPT: code}, "template": SCRIPTED}


def _contents(folder: Path) -> Path:
    """The real template, its kind for sites, and one that runs a file of the app in the bundler."""
    for content in (CONTENT, SITE_CONTENT):
        shutil.copytree(content, folder / content.name, ignore=shutil.ignore_patterns("node_modules", "dist"))
    scripted = folder / "scripted"
    scripted.mkdir()
    about = {"name": "scripted", "version": VERSION, "description": "Runs a file of the app", "locked": []}
    about |= {"extends": CONTENT.name, "overrides": ["vite.config.ts"]}
    (scripted / "template.json").write_text(json.dumps(about))
    config = (CONTENT / "vite.config.ts").read_text()
    changed = config.replace("foundation(env)", "foundation(env, [script()])")
    assert changed != config
    (scripted / "vite.config.ts").write_text('import type { PluginOption } from "vite";' + PLUGIN + changed)
    return folder


@contextlib.asynccontextmanager
async def templates_service(folder: Path) -> AsyncIterator[Process]:
    environment = {
        "PORT": str(free_port()),
        "METRICS_PORT": "0",
        "SERVICE_TOKEN": TEMPLATES_TOKEN,
        "TEMPLATES_STORE_DIR": str(folder / "store"),
        "TEMPLATES_CONTENT_DIR": str(_contents(folder / "content")),
    }
    process = Process("templates", environment, folder / "templates.log", TEMPLATES_TOKEN)
    await process.start()
    try:
        yield process
    finally:
        process.stop()


@contextlib.asynccontextmanager
async def world(
    edge: Edge, templates: Process, *, postgres_url: str, nats_url: str, folder: Path, **settings: str
) -> AsyncIterator[World]:
    """A running builder with everything around it; `settings` are further variables of its environment."""
    with open_folder() as work:
        async with _world(
            edge, templates, postgres_url=postgres_url, nats_url=nats_url, folder=folder,
            **{"BUILDER_WORK_DIR": str(work), **settings},
        ) as running:  # fmt: skip
            yield running


@contextlib.asynccontextmanager
async def _world(
    edge: Edge, templates: Process, *, postgres_url: str, nats_url: str, folder: Path, **settings: str
) -> AsyncIterator[World]:
    environment = {
        "PORT": str(free_port()),
        "METRICS_PORT": "0",
        "SERVICE_TOKEN": TOKEN,
        "DATABASE_URL": postgres_url,
        "NATS_URL": nats_url,
        "S3_ENDPOINT_URL": edge.s3_url,
        "S3_ACCESS_KEY_ID": edge.s3_access_key_id,
        "S3_SECRET_ACCESS_KEY": edge.s3_secret_access_key,
        "TEMPLATES_URL": f"http://127.0.0.1:{templates.environment['PORT']}",
        "TEMPLATES_TOKEN": TEMPLATES_TOKEN,
        "BUILDER_CACHE_DIR": str(BUILDER_CACHE),
        "BUILDER_ISOLATION": strongest(),
        "BUILDER_WARM": "1",
        "BUILDER_BROWSER_CHECK": "false",
        "DRAIN_SECONDS": "0",
        **settings,
    }
    builder = Process("builder", environment, folder / "builder.log", TOKEN)
    bus = Bus(SecretStr(nats_url), "tests")
    await bus.connect()
    async with ObjectStore(s3(edge)) as store:
        await patiently(store.ensure_bucket)
        running = World(builder, bus, store)
        await _listen(running)
        try:
            await builder.start()
            yield running
        finally:
            builder.stop()
            await bus.close()


async def _listen(running: World) -> None:
    async def note(message: Any) -> None:
        kind = message.headers["ce-type"]
        contract = next(c for c in (BuildStarted, BuildFinished) if c.type == kind)
        async with running.changed:
            running.events.append(contract.model_validate_json(message.data))
            running.changed.notify_all()

    async def note_line(message: Any) -> None:
        async with running.changed:
            live = LiveEvent.model_validate_json(message.data)
            assert isinstance(live.event, BuildLogEvent)
            running.lines.append(live.event)
            running.changed.notify_all()

    await running.bus.jetstream.subscribe(
        "events.builder.build.>", cb=note, ordered_consumer=True, deliver_policy=DeliverPolicy.ALL
    )
    await running.bus.client.subscribe("logs.build.>", cb=note_line)
