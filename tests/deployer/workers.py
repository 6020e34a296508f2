"""Apps in real workerd, put there without the service around them."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from common.database import Database
from common.ids import new_app_id
from common.objects import ObjectStore
from deployer.clients.cloudflare import CloudflareWorkers, ScriptUpload, cloudflare
from deployer.clients.spool import Spool
from deployer.domain.script import Frame
from deployer.settings import Settings
from deployer.usecases.prepare import Prepared, prepare
from deployer.worker import runtime_source
from dev.edge.launcher import Edge
from tests.deployer.artifacts import URL, build_artifact
from tests.deployer.service import call_budget, environment


@dataclass
class App:
    app_id: str
    client: httpx.AsyncClient
    files: dict[str, bytes]

    async def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        given = {"accept-encoding": "identity", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await self.client.request(method, path, headers=given)

    async def raw(self, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        async with self.client.stream("GET", path, headers=given) as answer:
            return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


@asynccontextmanager
async def deployed(
    edge: Edge,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, bytes],
    gone: str | None = None,
    stage: str = "production",
) -> AsyncIterator[App]:
    """An app with these files, of which R2 has lost one."""
    for name, value in environment(edge, "postgresql://unused", "nats://unused").items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    app_id = new_app_id()
    digest, data = build_artifact(files)
    async with (
        cloudflare(settings, call_budget(db, edge.account_id)) as workers,
        ObjectStore(settings.assets_s3()) as assets,
    ):
        with Spool() as archive:
            archive.file.write(data)
            archive.file.flush()
            frame = Frame("dep_1", runtime_source(), settings.app_headers())
            env = {"APP_ID": app_id}
            made = await prepare(archive, digest, env=env, url=URL, frame=frame, limit=900_000)
            await _publish(workers, assets, app_id, made, stage)
        if gone is not None:
            await assets.delete(f"a/{hashlib.sha256(files[gone]).hexdigest()}")
        async with edge.app(app_id) as client:
            yield App(app_id, client, files)


async def _publish(
    workers: CloudflareWorkers, assets: ObjectStore, app_id: str, made: Prepared, stage: str
) -> None:
    await workers.ensure_bucket("overskill-assets")
    for item in made.plan.stored:
        await assets.put(item.object_key, item.file.content.read(), item.content_type)
    variables = {"APP_ID": app_id, "ENVIRONMENT": stage}
    upload = ScriptUpload(made.script, "dep_1", "2026-07-01", "overskill-assets", variables, {})
    await workers.upload(app_id, upload)
    await workers.enable_subdomain(app_id)
