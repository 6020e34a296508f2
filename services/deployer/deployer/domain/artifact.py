"""Reading a build's artifact. Contents stay on disk until they are asked for: an app may have 200 MB."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pydantic import ValidationError

from common.contracts import ArtifactFile, ArtifactManifest, BrokenArchive, Extent, index_files
from common.contracts.artifacts import MANIFEST_PATH
from deployer.domain.errors import InvalidArtifact

_CHUNK = 256 * 1024


class Content(Protocol):
    """Bytes that may be elsewhere than in memory; read from any thread."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """The bytes from `start`, all of the rest unless `size` is given."""


class Archive(Protocol):
    """A tar on disk."""

    @property
    def file(self) -> BinaryIO:
        """The tar itself, to be looked through."""

    def part(self, extent: Extent) -> Content:
        """A part of it, to be read when it is asked for."""

    def append(self, data: bytes) -> Content:
        """Writes behind the tar what was made of it, to be read in the same way."""


@dataclass(frozen=True)
class Held:
    """Content in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """The bytes from `start`, all of the rest unless `size` is given."""
        return self.data[start : None if size is None else start + size]


@dataclass(frozen=True)
class AppFile:
    """One built file; `digest` is the sha256 of its content, `brotli` its compressed form if any.

    `folder`: the document of a folder of the app's own, whose relative links begin in that folder.
    """

    path: str
    content_type: str
    content: Content
    digest: str
    brotli: Content | None = None
    folder: bool = False


def read_artifact(archive: Archive, digest: str) -> tuple[AppFile, ...]:
    """The files of an artifact, each proven to be what its manifest says; they need `archive` to stay open.

    Proven, because stored files are shared between apps by digest: a false one would replace another app's
    file.
    """
    whole = Extent(0, archive.file.seek(0, io.SEEK_END))
    if _digest(archive.part(whole)) != digest:
        raise InvalidArtifact(
            f"The stored artifact {digest} has other content than its digest says; build again.",
            artifact=digest,
        )
    try:
        members = {name: archive.part(extent) for name, extent in index_files(archive.file).items()}
        text = members[MANIFEST_PATH].read() if MANIFEST_PATH in members else b""
        manifest = ArtifactManifest.model_validate_json(text)
    except (BrokenArchive, ValidationError) as error:
        raise InvalidArtifact(f"The artifact {digest} cannot be read: {error}", artifact=digest) from error
    return tuple(_file(entry, members, digest) for entry in manifest.files)


def _file(entry: ArtifactFile, members: Mapping[str, Content], artifact: str) -> AppFile:
    content = members.get(entry.member)
    if content is None:
        raise InvalidArtifact(f"The artifact lists {entry.path} but does not contain it.", artifact=artifact)
    if _digest(content) != entry.digest:
        raise InvalidArtifact(
            f"{entry.path} differs from its digest in the artifact's manifest.", artifact=artifact
        )
    packed = members.get(entry.brotli_member) if entry.brotli else None
    return AppFile(entry.path, entry.content_type, content, entry.digest, packed)


def _digest(content: Content) -> str:
    found = hashlib.sha256()
    for start in range(0, content.size, _CHUNK):
        found.update(content.read(start, _CHUNK))
    return found.hexdigest()
