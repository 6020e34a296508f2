"""From an artifact to a weighed script, and to the files that R2 must hold for it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from common.contracts import artifact_key
from common.errors import NotFound
from common.logging import get_logger
from common.objects import ObjectStore
from deployer.domain.artifact import AppFile, read_artifact
from deployer.domain.compression import BEST, FAST, compress_files
from deployer.domain.errors import InvalidArtifact, ScriptTooLarge
from deployer.domain.html import APP_ID_PLACEHOLDER, critical_paths, insert_app_id
from deployer.domain.plan import INDEX, Plan, PlannedFile, plan_assets
from deployer.domain.script import Script, build_script, fixed_bytes
from deployer.errors import ArtifactMissing
from deployer.usecases.together import together

# Beyond this share of the limit the best compression cannot help: it saves a tenth.
HOPELESS = 1.3
PARALLEL_UPLOADS = 8

logger = get_logger(__name__)


@dataclass(frozen=True)
class Check:
    """What the live app must answer: the sha256 of a decoded body."""

    path: str
    digest: str


@dataclass(frozen=True)
class Prepared:
    """A weighed script and the plan it was made from."""

    plan: Plan
    script: Script

    def checks(self) -> tuple[Check, ...]:
        """The page itself, all that it loads at start, and one file from R2 to prove the way there."""
        critical = [Check(item.url_path, item.file.digest) for item in self.plan.files if item.critical]
        page = [Check("/", check.digest) for check in critical if check.path == f"/{INDEX}"]
        stored = sorted(self.plan.stored, key=lambda item: len(item.file.data))[:1]
        return (
            *page,
            *(check for check in critical if check.path != f"/{INDEX}"),
            *(Check(item.url_path, item.file.digest) for item in stored),
        )


async def fetch_artifact(artifacts: ObjectStore, app_id: str, digest: str) -> bytes:
    """The artifact's tar; raises ArtifactMissing when the object store has lost it, or Unavailable."""
    try:
        return await artifacts.get(artifact_key(app_id, digest))
    except NotFound as error:
        raise ArtifactMissing(
            f"The artifact {digest} is not in the object store any more; build the version again.",
            artifact=digest,
        ) from error


async def prepare(
    data: bytes, digest: str, *, app_id: str, served_as: str, runtime: bytes, limit: int
) -> Prepared:
    """Read, compress, plan and build, all in a thread; raises InvalidArtifact and ScriptTooLarge."""
    return await asyncio.to_thread(
        _prepare, data, digest, app_id=app_id, served_as=served_as, runtime=runtime, limit=limit
    )


async def store_assets(assets: ObjectStore, plan: Plan) -> int:
    """Upload what is missing, a few at a time; the bytes sent. Keys are digests: what is there is right."""
    gate = asyncio.Semaphore(PARALLEL_UPLOADS)

    async def ensure(item: PlannedFile) -> int:
        async with gate:
            if await assets.exists(item.object_key):
                return 0
            await assets.put(item.object_key, item.file.data, item.content_type)
            return len(item.file.data)

    wanted = {item.object_key: item for item in plan.stored}
    return sum(await together(*(ensure(item) for item in wanted.values())))


def _prepare(
    data: bytes, digest: str, *, app_id: str, served_as: str, runtime: bytes, limit: int
) -> Prepared:
    files = _with_app_id(read_artifact(data, digest), app_id, digest)
    contents = {file.path: file.data for file in files}
    critical = critical_paths(contents[INDEX], contents)
    fixed = fixed_bytes(deployment_id=served_as, runtime=runtime)

    def attempt(quality: int) -> Prepared:
        packed = compress_files(files, critical, quality)
        plan = plan_assets(packed, critical, fixed_bytes=fixed, limit=limit)
        return Prepared(plan, build_script(plan, deployment_id=served_as, runtime=runtime, limit=limit))

    try:
        return attempt(FAST)
    except ScriptTooLarge as error:
        size = error.context.get("script_bytes")
        if isinstance(size, int) and size > limit * HOPELESS:
            raise
        logger.warning("script too large, compressing harder", artifact=digest)
        return attempt(BEST)


def _with_app_id(files: Sequence[AppFile], app_id: str, artifact: str) -> tuple[AppFile, ...]:
    if all(file.path != INDEX for file in files):
        raise InvalidArtifact(
            f"The artifact {artifact} has no {INDEX}; nothing could be shown.", artifact=artifact
        )
    return tuple(_inserted(file, app_id) if file.path == INDEX else file for file in files)


def _inserted(file: AppFile, app_id: str) -> AppFile:
    if APP_ID_PLACEHOLDER not in file.data:
        return file
    data = insert_app_id(file.data, app_id)
    return replace(file, data=data, digest=hashlib.sha256(data).hexdigest(), brotli=None)
