"""Publishing: every template of a content directory becomes a release, once and for good."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.contracts.templates import TemplateRef, Version
from common.errors import AppError
from common.logging import get_logger
from templates.clients.content import read_template, template_directories
from templates.clients.store import ReleaseStore
from templates.domain.compatibility import too_low, unexplained
from templates.domain.release import (
    DESCRIPTOR_PATH,
    ContentInvalid,
    Release,
    check_guide,
    make_release,
    read_descriptor,
)
from templates.errors import ReleaseChanged, ReleaseInvalid, StoreUnavailable, VersionTooLow
from templates.usecases.catalogue import checked_release

logger = get_logger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one template: a new release, one that was there already, or an error."""

    template: str
    version: str | None
    created: bool
    error: AppError | None = None


async def publish(store: ReleaseStore, content: Path) -> list[Outcome]:
    """Publishes all templates; one that cannot be does not hold up the others."""
    await store.prepare()
    try:
        directories = await asyncio.to_thread(template_directories, content)
    except ContentInvalid as error:
        return [Outcome(str(content), None, created=False, error=error)]
    return [await _publish_one(store, directory) for directory in directories]


async def _publish_one(store: ReleaseStore, directory: Path) -> Outcome:
    version = None
    try:
        tree = await asyncio.to_thread(read_template, directory)
        release = make_release(directory.name, tree)
        check_guide(release)
        version = release.descriptor.version
        created = await _release(store, directory, release, tree)
    except StoreUnavailable:
        raise
    except AppError as error:
        return Outcome(directory.name, version, created=False, error=error)
    return Outcome(directory.name, version, created=created)


async def _release(store: ReleaseStore, directory: Path, release: Release, tree: Mapping[str, bytes]) -> bool:
    ref = release.descriptor.ref
    if ref.name != directory.name:
        raise ContentInvalid(
            f'{directory.name}/template.json says name "{ref.name}"; it must be the directory\'s.'
        )
    released = await _released(store, ref)
    if released is None:
        await _check_version(store, release)
        if await store.create(ref, tree):
            return True
    released = released or await _released(store, ref)
    if released != tree:
        raise ReleaseChanged(_changed_message(ref, tree, released or {}))
    return False


async def _check_version(store: ReleaseStore, release: Release) -> None:
    """Raises VersionTooLow, or ContentInvalid where the notes of what it breaks are missing."""
    ref = release.descriptor.ref
    before = await _before(store, ref)
    if before is None:
        return
    where = f"{ref.name}/{DESCRIPTOR_PATH}"
    if (reason := await asyncio.to_thread(too_low, before, release)) is not None:
        raise VersionTooLow(
            f'{ref.name} {ref.version} is not released: {reason}. Raise "version" in {where}.'
        )
    if (reason := unexplained(before, release)) is not None:
        how = f'Say it in "changes": {{"breaking": ["…"]}} of {where}.'
        raise ContentInvalid(f"{ref.name} {ref.version} is not released: {reason}. {how}")


async def _before(store: ReleaseStore, ref: TemplateRef) -> Release | None:
    """The release that this one follows: no pre-release, which promises nothing, and none that is damaged."""
    for tag in reversed(await store.tags(ref.name)):
        if tag.ref < ref and not tag.ref.version.prerelease:
            try:
                return checked_release(tag, await store.read(tag.commit))
            except ReleaseInvalid as error:
                logger.warning("release not compared with", release=str(tag.ref), reason=error.message)
    return None


async def _released(store: ReleaseStore, ref: TemplateRef) -> dict[str, bytes] | None:
    commits = [tag.commit for tag in await store.tags(ref.name) if tag.ref == ref]
    return await store.read(commits[0]) if commits else None


def _changed_message(ref: TemplateRef, tree: Mapping[str, bytes], released: Mapping[str, bytes]) -> str:
    name, version = ref.name, ref.version
    paths = sorted(path for path in {*tree, *released} if tree.get(path) != released.get(path))
    shown = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    following = Version(version.major, version.minor, version.patch + 1)
    before, now = (_extended(one) for one in (released, tree))
    why = f": it extends {before}, and the content beside it is {now} now" if before != now else ""
    return (
        f"{name} {version} is released with other content and a release never changes "
        f"({shown} differ{why}). "
        f'Raise "version" in {name}/template.json, for example to {following}; until then {version} is '
        "served as it was released."
    )


def _extended(tree: Mapping[str, bytes]) -> str | None:
    """The release that a composed tree says it extends."""
    try:
        return read_descriptor("", tree).extends
    except ContentInvalid:
        return None
