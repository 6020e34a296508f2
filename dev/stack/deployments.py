"""The deployer by itself, asked as the orchestrator asks it, for files that no builder has made."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
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
from common.ids import new_id
from common.messaging.publisher import Bus, envelope
from common.messaging.streams import DEPLOY_SUBJECT, DEPLOYMENT_FINISHED_SUBJECT
from common.objects import ObjectStore
from dev.stack.parts import parts_of
from dev.stack.stack import Stack

SECONDS = 300.0
TYPES = {"js": "text/javascript", "webp": "image/webp", "woff2": "font/woff2"}
"""Which the machine's own table may lack."""

Files = Mapping[str, bytes]


class NotDeployedError(Exception):
    """The deployer's reason."""


class Deployments:
    """`deploy` asks for a deployment and comes back with what became of it."""

    def __init__(self, bus: Bus, store: ObjectStore) -> None:
        self._bus = bus
        self._store = store
        self._waiting: dict[str, asyncio.Future[DeploymentFinished]] = {}

    async def listen(self) -> None:
        """Must be called once, before the first deployment."""

        async def finished(message: Any) -> None:
            event = DeploymentFinished.model_validate_json(message.data)
            waiting = self._waiting.pop(event.deployment_id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(event)

        await self._bus.client.subscribe(DEPLOYMENT_FINISHED_SUBJECT, cb=finished)

    async def store(self, app_id: str, files: Files) -> str:
        """Stores an artifact as the builder makes it for a preview, and answers with its digest."""
        data = await asyncio.to_thread(_artifact, files)
        digest = hashlib.sha256(data).hexdigest()
        await self._store.put(artifact_key(app_id, digest), data)
        return digest

    async def deploy(self, app_id: str, environment: Environment, **what: str) -> DeploymentFinished:
        """What became of an artifact's deployment (`artifact`) or a rollback (`rollback_of`)."""
        request = DeployRequested(
            deployment_id=new_id("dep"), app_id=app_id, environment=environment, version=1, **what
        )
        done = self._waiting[request.deployment_id] = asyncio.get_running_loop().create_future()
        await self._bus.publish(DEPLOY_SUBJECT, request.model_dump_json().encode(), envelope("dev", request))
        async with asyncio.timeout(SECONDS):
            event: DeploymentFinished = await done
        if event.state is not DeploymentState.DEPLOYED or event.url is None:
            raise NotDeployedError(event.problem.message if event.problem else event.state)
        return event


@asynccontextmanager
async def deployments_of(stack: Stack) -> AsyncIterator[tuple[Deployments, ObjectStore]]:
    """The stack's deployer and the bucket that it reads."""
    async with parts_of(stack) as (bus, store):
        deployments = Deployments(bus, store)
        await deployments.listen()
        yield deployments, store


def _artifact(files: Files) -> bytes:
    entries = tuple(
        ArtifactFile(
            path=path, size=len(data), digest=hashlib.sha256(data).hexdigest(), content_type=_type(path)
        )
        for path, data in files.items()
    )
    manifest = ArtifactManifest(mode=BuildMode.PREVIEW, files=entries).model_dump_json().encode()
    return pack_files({MANIFEST_PATH: manifest, **{f"dist/{path}": data for path, data in files.items()}})


def _type(path: str) -> str:
    guessed = TYPES.get(path.rpartition(".")[2]) or mimetypes.guess_type(path)[0]
    return guessed or "application/octet-stream"
