"""From an artifact to a weighed script."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from common.contracts import AppId, artifact_key
from common.contracts.env import fill_page, fill_url, growth, has_room_for_env
from common.errors import NotFound
from common.logging import get_logger
from common.objects import ObjectStore
from deployer.clients.spool import Spool
from deployer.domain.artifact import AppFile, Archive, Content, read_artifact
from deployer.domain.compression import BEST, FAST, compress_files
from deployer.domain.errors import InvalidArtifact, PagesTooLarge, ScriptTooLarge
from deployer.domain.html import critical_paths
from deployer.domain.plan import INDEX, Plan, plan_assets, worth_compressing
from deployer.domain.script import Frame, Script
from deployer.errors import ArtifactMissing

# Beyond this share of the limit the best compression cannot help: it saves a tenth.
HOPELESS = 1.3
# By how many bytes all of an app's pages may grow by what is written into them. Of the most files that an app
# may have, all pages, each has more than 30 kB of it: public variables are 16 KiB at most.
MAX_TOLD_BYTES = 64 * 1024**2

# What stands at addresses that no file has: a site's pages, where it does not go by the first page's router.
FALLBACKS = frozenset({"404.html", "200.html"})
FOR_ROBOTS = frozenset({"robots.txt", "sitemap.xml"})

logger = get_logger(__name__)


@dataclass(frozen=True)
class Check:
    """What the live app must answer: the sha256 of a decoded body."""

    path: str
    digest: str


@dataclass(frozen=True)
class Prepared:
    """A weighed script and the plan it was made from; its files are readable while the artifact is open."""

    plan: Plan
    script: Script

    def checks(self) -> tuple[Check, ...]:
        """The page itself, all that it loads at start, and one file from R2 to prove the way there."""
        critical = [Check(item.url_path, item.file.digest) for item in self.plan.files if item.critical]
        page = [Check("/", check.digest) for check in critical if check.path == f"/{INDEX}"]
        stored = sorted(self.plan.stored, key=lambda item: item.file.content.size)[:1]
        return (
            *page,
            *(check for check in critical if check.path != f"/{INDEX}"),
            *(Check(item.url_path, item.file.digest) for item in stored),
        )


async def fetch(artifacts: ObjectStore, app_id: AppId, digest: str, spool: Spool) -> None:
    """Writes the artifact's tar to the spool.

    Raises ArtifactMissing when the object store has lost it, or Unavailable.
    """
    try:
        await artifacts.download(artifact_key(app_id, digest), spool.file)
    except NotFound as error:
        raise ArtifactMissing(
            f"The artifact {digest} is not in the object store any more; build the version again.",
            artifact=digest,
        ) from error


async def prepare(
    archive: Archive, digest: str, *, env: Mapping[str, JsonValue], url: str, frame: Frame, limit: int
) -> Prepared:
    """Read, compress, plan and build, all in a thread.

    `env` and `url`, where the app answers, are written into its pages, which the archive takes in addition.
    Raises InvalidArtifact, PagesTooLarge and ScriptTooLarge.
    """
    return await asyncio.to_thread(_prepare, archive, digest, env=env, url=url, frame=frame, limit=limit)


def _prepare(
    archive: Archive, digest: str, *, env: Mapping[str, JsonValue], url: str, frame: Frame, limit: int
) -> Prepared:
    files = tuple(_told(archive, read_artifact(archive, digest), env, url, digest))
    contents = {file.path: file.content.read for file in files}
    critical = critical_paths(contents[INDEX](), contents) | FALLBACKS.intersection(contents)
    chosen = worth_compressing(files, critical, limit)
    fixed = frame.size()

    def attempt(quality: int) -> Prepared:
        packed = compress_files(files, chosen, quality)
        plan = plan_assets(packed, critical, fixed_bytes=fixed, limit=limit)
        return Prepared(plan, frame.script(plan, limit))

    try:
        return attempt(FAST)
    except ScriptTooLarge as error:
        size = error.context.get("script_bytes")
        if isinstance(size, int) and size > limit * HOPELESS:
            raise
        logger.warning("script too large, compressing harder", artifact=digest)
        return attempt(BEST)


def _told(
    archive: Archive, files: Sequence[AppFile], env: Mapping[str, JsonValue], url: str, artifact: str
) -> Iterator[AppFile]:
    """The files, the pages among them filled one after the other: never all of them in memory."""
    if all(file.path != INDEX for file in files):
        raise InvalidArtifact(
            f"The artifact {artifact} has no {INDEX}; nothing could be shown.", artifact=artifact
        )
    left = MAX_TOLD_BYTES
    for file in files:
        if not _is_told(file.path):
            yield file
            continue
        text = file.content.read()
        left -= growth(text, env, url)
        if left < 0:
            raise _grown(file)
        # What is built has room for that; a page of public/ is part of a folder as its author laid it out.
        folder = file.path.endswith(f"/{INDEX}") and not has_room_for_env(text)
        known = replace(file, folder=folder)
        data = fill_url(text, url) if file.path in FOR_ROBOTS else fill_page(text, env, url)
        yield known if data == text else _changed(known, archive.append(data), data)


def _changed(file: AppFile, content: Content, data: bytes) -> AppFile:
    return replace(file, content=content, digest=hashlib.sha256(data).hexdigest(), brotli=None)


def _is_told(path: str) -> bool:
    return path.endswith(".html") or path in FOR_ROBOTS


def _grown(file: AppFile) -> PagesTooLarge:
    return PagesTooLarge(
        "With the app's address and its public variables in them, its pages would grow by more than "
        f"{MAX_TOLD_BYTES:,} bytes; {file.path} is one too many. Have fewer pages, let them name "
        "{{APP_URL}} less often, or make public variables shorter.",
        path=file.path,
        limit=MAX_TOLD_BYTES,
    )
