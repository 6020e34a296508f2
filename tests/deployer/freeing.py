"""Deployments of which only the part is done that concerns R2, and what frees it, a step at a time."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

import deployer.main
from common.contracts import ASSETS, DeploymentState, artifact_key
from common.database import Database
from common.ids import new_id
from common.objects import ObjectStore
from common.work import Lease
from deployer.clients.spool import Spool
from deployer.db import environments
from deployer.db.models import Deployment, Environment, StoredObject
from deployer.domain.plan import Plan
from deployer.domain.script import Frame
from deployer.main import open_resources
from deployer.settings import Settings
from deployer.usecases.outcome import Outcome, Proof, record_deployed
from deployer.usecases.prepare import prepare
from deployer.usecases.resources import Resources
from deployer.usecases.store import store
from deployer.usecases.sweep import mark_needs, sweep
from dev.edge.launcher import Edge
from tests.deployer.artifacts import URL, build_artifact, noise, page
from tests.deployer.service import environment
from tests.patience import patiently

NO_GRACE = timedelta(0)
PICTURE = "picture.png"


@asynccontextmanager
async def opened(edge: Edge, postgres_url: str, nats_url: str) -> AsyncIterator[Resources]:
    """What a deployer works with, its tables and its bucket."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(edge, postgres_url, nats_url).items():
            patch.setenv(name, value)
        settings = Settings()
    async with AsyncExitStack() as stack:
        resources = await open_resources(stack, settings)
        await resources.db.migrate(deployer.main.MIGRATIONS)
        await patiently(resources.objects.ensure_bucket)
        await patiently(resources.assets.ensure_bucket)
        yield resources


def tiny_app(picture: int, **more: bytes) -> dict[str, bytes]:
    """A page, and a picture that is too large for its script."""
    return {"index.html": page(), PICTURE: noise(70_000, picture), **more}


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Begun:
    """A deployment that has been claimed."""

    lease: Lease[Environment]
    row: Deployment


async def begin(resources: Resources, app_id: str, target: str = "preview") -> Begun:
    async with resources.db.begin() as session:
        await environments.lock(session, app_id, target)
        lease = await environments.claim(session, app_id, target, 600)
        assert lease is not None
        row = Deployment(
            id=new_id("dep"), app_id=app_id, environment=target, version=1, files_known=True,
            state=DeploymentState.DEPLOYING, steps_ms={}, checks=[],
        )  # fmt: skip
        session.add(row)
    return Begun(lease, row)


@asynccontextmanager
async def planned(resources: Resources, app_id: str, files: Mapping[str, bytes]) -> AsyncIterator[Plan]:
    """What the deployer makes of the artifact of these files."""
    digest, data = build_artifact(files)
    frame = Frame("dep", resources.runtime, {})
    with Spool() as archive:
        archive.file.write(data)
        archive.file.flush()
        env = {"APP_ID": app_id}
        yield (await prepare(archive, digest, env=env, url=URL, frame=frame, limit=900_000)).plan


async def build(resources: Resources, app_id: str, files: Mapping[str, bytes]) -> str:
    """Stores the artifact of these files, as the builder does."""
    digest, data = build_artifact(files)
    await resources.objects.put(artifact_key(app_id, digest), data)
    return digest


async def record(resources: Resources, begun: Begun, artifact: str) -> None:
    """The deployment is live, as far as the rows say."""
    outcome = Outcome(
        url="http://x", version_id="v", served_as=begun.row.id, artifact=artifact, checks=[],
        secrets_digest="", database={}, script_bytes=1, embedded_files=1, stored_files=1, stored_bytes=1,
    )  # fmt: skip
    proof = Proof(answered=True, in_flight_until=None)
    async with resources.db.begin() as session:
        await record_deployed(session, resources.outbox, begun.lease, begun.row.id, outcome, proof, {})


async def deploy(
    resources: Resources, app_id: str, files: Mapping[str, bytes], target: str = "preview"
) -> str:
    """A deployment from the artifact to the row, but for Cloudflare; its id."""
    begun = await begin(resources, app_id, target)
    async with planned(resources, app_id, files) as plan:
        await store(resources, begun.lease, begun.row, plan, look=False)
    await record(resources, begun, build_artifact(files)[0])
    return begun.row.id


async def free(resources: Resources) -> bool:
    """Removes what nobody needs now."""
    await mark_needs(resources.db, grace=NO_GRACE)
    return await sweep(resources.db, resources.assets)


async def due(db: Database, digest: str) -> None:
    """As if the object had been marked before, and the grace were over."""
    await execute(db, "UPDATE objects SET sweep_at = now() WHERE digest = :digest", digest=digest)


async def execute(db: Database, statement: str, **values: Any) -> None:
    async with db.begin() as session:
        await session.execute(text(statement), values)


async def known(db: Database, digest: str) -> StoredObject | None:
    async with db.begin() as session:
        return (await session.scalars(select(StoredObject).where(StoredObject.digest == digest))).first()


async def keys(assets: ObjectStore, prefix: str = ASSETS) -> set[str]:
    return {entry.key async for page in assets.entries(prefix) for entry in page}
