"""Builds of templates put live as apps are: by the deployer, to the local edge."""

import asyncio
import hashlib
import mimetypes
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from common.contracts import (
    ArtifactFile,
    ArtifactManifest,
    BuildMode,
    DeploymentFinished,
    DeploymentState,
    DeployRequested,
    Environment,
    artifact_key,
    pack_files,
)
from common.contracts.artifacts import MANIFEST_PATH
from common.ids import new_app_id, new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import DEPLOY_SUBJECT, DEPLOYMENT_FINISHED_SUBJECT
from common.objects import ObjectStore
from dev.stack.config import StackConfig
from dev.stack.parts import parts_of
from dev.stack.stack import Stack

PARTS = frozenset({"nats", "postgres", "edge", "orchestrator", "deployer"})
"""The orchestrator makes the bucket that builds are in."""
SECONDS = 300.0
TYPES = {".js": "text/javascript", ".webp": "image/webp", ".woff2": "font/woff2"}
"""Which the machine's own table may lack."""

Host = Callable[[Path], Awaitable[str]]


class NotDeployedError(Exception):
    """The deployer's reason."""


@asynccontextmanager
async def hosting() -> AsyncIterator[Host]:
    """Takes a build's directory and answers with the address at which browsers find it."""
    with tempfile.TemporaryDirectory(prefix="overskill-templates-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database runs as another user
        async with Stack(StackConfig.temporary(Path(folder), only=PARTS)) as stack, parts_of(stack) as parts:

            async def host(dist: Path) -> str:
                async with asyncio.timeout(SECONDS):
                    return await _deploy(*parts, dist)

            yield host


async def _deploy(bus: Bus, store: ObjectStore, dist: Path) -> str:
    data = await asyncio.to_thread(_artifact, dist)
    app_id, digest = new_app_id(), hashlib.sha256(data).hexdigest()
    await store.put(artifact_key(app_id, digest), data)
    request = DeployRequested(
        deployment_id=new_id("dep"), app_id=app_id, environment=Environment.PRODUCTION, version=1,
        artifact=digest,
    )  # fmt: skip
    ended: asyncio.Future[DeploymentFinished] = asyncio.get_running_loop().create_future()

    async def hear(message: Any) -> None:
        event = DeploymentFinished.model_validate_json(message.data)
        if event.deployment_id == request.deployment_id and not ended.done():
            ended.set_result(event)

    subscription = await bus.client.subscribe(DEPLOYMENT_FINISHED_SUBJECT, cb=hear)
    try:
        await bus.publish(DEPLOY_SUBJECT, request.model_dump_json().encode(), envelope("templates", request))
        event = await ended
    finally:
        await subscription.unsubscribe()
    if event.state is not DeploymentState.DEPLOYED or event.url is None:
        raise NotDeployedError(event.problem.message if event.problem else event.state)
    return event.url


def _artifact(dist: Path) -> bytes:
    """As the builder makes it for a preview, whose files the deployer compresses."""
    files = {path.relative_to(dist).as_posix(): path.read_bytes() for path in _files(dist)}
    entries = tuple(
        ArtifactFile(
            path=path, size=len(data), digest=hashlib.sha256(data).hexdigest(), content_type=_type(path)
        )
        for path, data in files.items()
    )
    manifest = ArtifactManifest(mode=BuildMode.PREVIEW, files=entries).model_dump_json().encode()
    return pack_files({MANIFEST_PATH: manifest, **{f"dist/{path}": data for path, data in files.items()}})


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _type(path: str) -> str:
    guessed = TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0]
    return guessed or "application/octet-stream"
