"""The catalogue: which templates and versions exist, and what a version holds."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from common.contracts.templates import Advisory, TemplateRef, Version, is_template_name
from templates.clients.store import ReleaseStore, Tag
from templates.domain.lines import STABLE, advisories_of, channels_of, inherited_by
from templates.domain.release import (
    DESCRIPTOR_PATH,
    ContentInvalid,
    File,
    Release,
    SecurityFix,
    make_release,
    read_descriptor,
)
from templates.errors import (
    CursorInvalid,
    ReleaseInvalid,
    TemplateFileNotFound,
    TemplateNotFound,
    TemplateVersionNotFound,
)

LATEST = "latest"
_CACHED_RELEASES = 32


@dataclass(frozen=True)
class PublishedRelease:
    """A release as it is served: `archive` is its deterministic tar."""

    tag: Tag
    release: Release
    archive: bytes
    by_path: dict[str, File]

    def file(self, path: str) -> File:
        """One file; raises TemplateFileNotFound."""
        if path not in self.by_path:
            where = f"{self.tag.ref.name} {self.tag.ref.version}"
            raise TemplateFileNotFound(f'{where} has no file "{path}". Its manifest lists the files.')
        return self.by_path[path]


@dataclass(frozen=True)
class Template:
    """`tags` go from the oldest version to the newest; `latest` leaves pre-releases out."""

    name: str
    tags: tuple[Tag, ...]

    @property
    def latest(self) -> Tag | None:
        """The highest version that is no pre-release; None when all are."""
        return self.channels.get(STABLE)

    @property
    def channels(self) -> dict[str, Tag]:
        """The release that each channel has now; see `domain.lines.channels_of`."""
        by_version = {tag.ref.version: tag for tag in self.tags}
        return {name: by_version[version] for name, version in channels_of(by_version).items()}

    def find(self, wanted: str) -> Tag | None:
        """The release of a version, or the one that a channel has; `latest` is another name of `stable`."""
        version = Version.parse(wanted)
        if version is not None:
            return next((tag for tag in self.tags if tag.ref.version == version), None)
        return self.channels.get(STABLE if wanted == LATEST else wanted)


@dataclass(frozen=True)
class _Notes:
    """What a release says of holes: those that it closes, and which release it extends."""

    security: tuple[SecurityFix, ...] = ()
    extends: TemplateRef | None = None


class Catalogue:
    """Tags are asked from Git every time; what a tag holds never changes and stays in memory."""

    def __init__(self, store: ReleaseStore) -> None:
        self._store = store
        self._cache: OrderedDict[Tag, PublishedRelease] = OrderedDict()
        self._notes: dict[Tag, _Notes] = {}

    async def templates(self, cursor: str | None = None) -> list[Template]:
        """By name, those after the name `cursor`."""
        grouped = groupby(await self._store.tags(), key=lambda tag: tag.ref.name)
        return [Template(name, tuple(tags)) for name, tags in grouped if cursor is None or name > cursor]

    async def template(self, name: str) -> Template:
        """A template by name; raises TemplateNotFound."""
        tags = await self._store.tags(name) if is_template_name(name) else []
        if not tags:
            raise TemplateNotFound(f'There is no template "{name}".')
        return Template(name, tuple(tags))

    async def versions(self, name: str, cursor: str | None = None) -> list[Tag]:
        """A template's releases from the newest to the oldest, those older than the version `cursor`."""
        tags = reversed((await self.template(name)).tags)
        if cursor is None:
            return list(tags)
        newest = Version.parse(cursor)
        if newest is None:
            raise CursorInvalid(f'"{cursor}" is no version to go on from.')
        return [tag for tag in tags if tag.ref.version < newest]

    async def release(self, name: str, version: str) -> PublishedRelease:
        """A version, or what a channel has; see `Template.find`."""
        template = await self.template(name)
        found = template.find(version)
        if found is None:
            known = ", ".join(str(tag.ref.version) for tag in reversed(template.tags[-10:]))
            raise TemplateVersionNotFound(f'{name} has no version "{version}". It has: {known}.')
        return await self.load(found)

    async def advisories(self, template: str) -> dict[Version, tuple[Advisory, ...]]:
        """The known holes of each version of a template, with those of the releases it extends."""
        notes = await self._notes_of((await self.template(template)).tags)
        fixes = {version: note.security for version, note in notes.items()}
        inherited = await self._inherited(notes)
        return {
            version: advisories_of(version, fixes) + inherited_by(version, inherited) for version in notes
        }

    async def _inherited(self, notes: Mapping[Version, _Notes]) -> dict[Version, tuple[Advisory, ...]]:
        """The holes of what each version extends."""
        fixes: dict[str, dict[Version, tuple[SecurityFix, ...]]] = {}
        for name in {note.extends.name for note in notes.values() if note.extends}:
            of_foundation = await self._notes_of(await self._store.tags(name))
            fixes[name] = {version: note.security for version, note in of_foundation.items()}
        return {
            version: advisories_of(note.extends.version, fixes[note.extends.name]) if note.extends else ()
            for version, note in notes.items()
        }

    async def _notes_of(self, tags: Sequence[Tag]) -> dict[Version, _Notes]:
        """What each release says. Descriptors are small and never change, so all of them stay in memory."""
        unread = [tag for tag in tags if tag not in self._notes]
        if unread:
            texts = await self._store.read_each([tag.commit for tag in unread], DESCRIPTOR_PATH)
            for tag, text in zip(unread, texts, strict=True):
                self._notes[tag] = _notes_in(text)
        return {tag.ref.version: self._notes[tag] for tag in tags}

    async def load(self, tag: Tag) -> PublishedRelease:
        """The release behind a tag; raises ReleaseInvalid for a tag that is none."""
        if tag in self._cache:
            self._cache.move_to_end(tag)
            return self._cache[tag]
        release = checked_release(tag, await self._store.read(tag.commit))
        by_path = {file.path: file for file in release.files}
        loaded = PublishedRelease(tag, release, release.archive(), by_path)
        self._cache[tag] = loaded
        if len(self._cache) > _CACHED_RELEASES:
            self._cache.popitem(last=False)
        return loaded


def _notes_in(descriptor: bytes) -> _Notes:
    """Nothing of a damaged one: it is told when that release is asked for, and says nothing of others."""
    try:
        read = read_descriptor("", {DESCRIPTOR_PATH: descriptor})
        return _Notes(read.security, TemplateRef.parse(read.extends) if read.extends else None)
    except (ContentInvalid, ValueError):
        return _Notes()


def checked_release(tag: Tag, tree: Mapping[str, bytes]) -> Release:
    """The release that a tag holds; raises ReleaseInvalid for a tag that is none.

    Tags may also be pushed by people, so what is read is checked like what is published.
    """
    name, version = tag.ref.name, tag.ref.version
    try:
        release = make_release(f"{name} {version}", tree)
    except ContentInvalid as error:
        raise ReleaseInvalid(f"The store's tag {name}/v{version} is damaged. {error.message}") from error
    if release.descriptor.ref != tag.ref:
        says = f"{release.descriptor.name} {release.descriptor.version}"
        raise ReleaseInvalid(f"The store's tag {name}/v{version} holds {says}.")
    return release
