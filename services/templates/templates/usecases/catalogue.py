"""The catalogue: which templates and versions exist, and what a version holds."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from common.contracts.templates import Advisory, Changes, Version, is_template_name
from common.logging import get_logger
from templates.clients.store import ReleaseStore, Tag
from templates.domain.history import History, ReleaseNotes
from templates.domain.lines import STABLE, channels_of
from templates.domain.release import (
    DESCRIPTOR_PATH,
    ContentInvalid,
    File,
    Release,
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
from templates.metrics import DAMAGED_RELEASES

LATEST = "latest"
_CACHED_RELEASES = 32
_SHOWN = 5

logger = get_logger(__name__)


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
class Described:
    """A template without its damaged releases, and what the newest of the others says that it is for."""

    template: Template
    description: str


@dataclass(frozen=True)
class ListedRelease:
    """A release as lists have it."""

    tag: Tag
    advisories: tuple[Advisory, ...]
    changes: Changes


class Catalogue:
    """Tags are asked from Git every time; what a tag holds never changes and stays in memory.

    A release that turns out to be damaged is left out of what is listed, until `look_again` finds it whole.
    """

    def __init__(self, store: ReleaseStore) -> None:
        self._store = store
        self._cache: OrderedDict[Tag, PublishedRelease] = OrderedDict()
        self._notes: dict[Tag, ReleaseNotes] = {}
        self._damaged: dict[Tag, ReleaseInvalid] = {}

    async def templates(self, cursor: str | None = None, limit: int = 50) -> list[Described]:
        """By name, those after the name `cursor`; not those that are damaged in all their releases."""
        found: list[Described] = []
        for name, tags in groupby(await self._store.tags(), key=lambda tag: tag.ref.name):
            if len(found) < limit and (cursor is None or name > cursor):
                with suppress(ReleaseInvalid):
                    found.append(await self._described(name, list(tags)))
        return found

    async def template(self, name: str) -> Described:
        """A template by name; raises TemplateNotFound, or ReleaseInvalid if all its releases are damaged."""
        return await self._described(name, await self._tags(name))

    async def versions(self, name: str, cursor: str | None = None) -> list[ListedRelease]:
        """A template's releases from the newest to the oldest, those older than the version `cursor`."""
        newest = Version.parse(cursor) if cursor is not None else None
        if cursor is not None and newest is None:
            raise CursorInvalid(f'"{cursor}" is no version to go on from.')
        tags = await self._tags(name)
        history = await self._history(tags)
        advisories = history.advisories()
        return [
            ListedRelease(tag, advisories[tag.ref.version], history.changes(tag.ref.version))
            for tag in reversed(tags)
            if tag not in self._damaged and (newest is None or tag.ref.version < newest)
        ]

    async def release(self, name: str, version: str) -> PublishedRelease:
        """A version, or what a channel has; see `Template.find`. Raises ReleaseInvalid for a damaged one."""
        tags = await self._tags(name)
        if Version.parse(version) is not None:
            exact = Template(name, tuple(tags)).find(version)
            found = await self.load(exact) if exact else None
        else:
            _, found = await self._first(name, tags, lambda template: template.find(version))
        if found is None:
            known = ", ".join(str(tag.ref.version) for tag in reversed(tags[-10:]))
            raise TemplateVersionNotFound(f'{name} has no version "{version}". It has: {known}.')
        return found

    async def load(self, tag: Tag) -> PublishedRelease:
        """The release behind a tag; raises ReleaseInvalid for a tag that is none."""
        if tag in self._cache:
            self._cache.move_to_end(tag)
            return self._cache[tag]
        try:
            release = checked_release(tag, await self._store.read(tag.commit))
        except ReleaseInvalid as error:
            self._leave_out(tag, error)
            raise
        self._take_back(tag)
        by_path = {file.path: file for file in release.files}
        loaded = PublishedRelease(tag, release, release.archive(), by_path)
        self._cache[tag] = loaded
        if len(self._cache) > _CACHED_RELEASES:
            self._cache.popitem(last=False)
        return loaded

    async def look_again(self) -> str | None:
        """For readiness: which releases are damaged, if any. The one that waited longest is read anew."""
        if self._damaged:
            oldest = next(iter(self._damaged))
            if oldest in await self._store.tags(oldest.ref.name):
                with suppress(ReleaseInvalid):
                    await self.load(oldest)
            else:
                self._take_back(oldest)
        damaged = sorted(str(tag.ref) for tag in self._damaged)
        more = f" and {len(damaged) - _SHOWN} more" if len(damaged) > _SHOWN else ""
        return f"damaged and left out: {', '.join(damaged[:_SHOWN])}{more}" if damaged else None

    async def _tags(self, name: str) -> list[Tag]:
        tags = await self._store.tags(name) if is_template_name(name) else []
        if not tags:
            raise TemplateNotFound(f'There is no template "{name}".')
        return tags

    async def _described(self, name: str, tags: Sequence[Tag]) -> Described:
        template, newest = await self._first(name, tags, lambda it: it.latest or (it.tags or [None])[-1])
        if newest is None:
            raise self._damaged[tags[-1]]
        return Described(template, newest.release.descriptor.description)

    async def _first(
        self, name: str, tags: Sequence[Tag], wanted: Callable[[Template], Tag | None]
    ) -> tuple[Template, PublishedRelease | None]:
        """The template without its damaged releases, and that of the others which is wanted, if any."""
        while True:
            template = Template(name, tuple(tag for tag in tags if tag not in self._damaged))
            tag = wanted(template)
            if tag is None:
                return template, None
            with suppress(ReleaseInvalid):  # then it is known to be damaged, and the next one is looked at
                return template, await self.load(tag)

    def _leave_out(self, tag: Tag, error: ReleaseInvalid) -> None:
        if self._damaged.pop(tag, None) is None:
            logger.error("release damaged", release=str(tag.ref), commit=tag.commit, reason=error.message)
        self._damaged[tag] = error
        DAMAGED_RELEASES.set(len(self._damaged))

    def _take_back(self, tag: Tag) -> None:
        self._damaged.pop(tag, None)
        DAMAGED_RELEASES.set(len(self._damaged))

    async def _history(self, tags: Sequence[Tag]) -> History:
        releases = await self._notes_of(tags)
        extended = {notes.extends.name for notes in releases.values() if notes.extends}
        return History(
            releases, {name: await self._notes_of(await self._store.tags(name)) for name in extended}
        )

    async def _notes_of(self, tags: Sequence[Tag]) -> dict[Version, ReleaseNotes]:
        """What each release says. Descriptors are small and never change, so all of them stay in memory."""
        unread = [tag for tag in tags if tag not in self._notes]
        if unread:
            texts = await self._store.read_each([tag.commit for tag in unread], DESCRIPTOR_PATH)
            for tag, text in zip(unread, texts, strict=True):
                if (notes := _notes_in(text)) is not None:
                    self._notes[tag] = notes
        return {tag.ref.version: self._notes.get(tag, ReleaseNotes()) for tag in tags}


def _notes_in(descriptor: bytes | None) -> ReleaseNotes | None:
    """None of a damaged one: it is told when that release is asked for, and says nothing of others."""
    try:
        return ReleaseNotes.of(
            read_descriptor("", {} if descriptor is None else {DESCRIPTOR_PATH: descriptor})
        )
    except (ContentInvalid, ValueError):
        return None


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
