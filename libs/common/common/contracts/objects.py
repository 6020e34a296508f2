"""Objects of the buckets: how their keys are made, and how trees of files are packed into tars.

In the platform's bucket every app has prefixes of its own: apps share nothing there. `a/`, `recent/` and
`installations/` are prefixes of the assets bucket.
"""

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from common.contracts.base import AppId, Digest
from common.contracts.source import MAX_PATH, path_problem

SOURCES = "sources/"
ARTIFACTS = "artifacts/"
DUMPS = "dumps/"
MIGRATIONS = "migrations/"
ASSETS = "a/"
RECENT = "recent/"
INSTALLATIONS = "installations/"


def app_prefixes(app_id: AppId) -> tuple[str, ...]:
    """What the keys of all that an app has in the platform's bucket begin with."""
    kinds = (SOURCES, ARTIFACTS, DUMPS, MIGRATIONS)
    return tuple(f"{prefix}{app_id}/" for prefix in kinds)


def source_key(app_id: AppId, digest: Digest) -> str:
    """A source is a tar of the app's files, named by its sha256."""
    return f"{SOURCES}{app_id}/{digest}.tar"


def migrations_key(app_id: AppId, digest: Digest) -> str:
    """The migrations of a version: a tar, named by a sha256 of their paths and contents."""
    return f"{MIGRATIONS}{app_id}/{digest}.tar"


def artifact_key(app_id: AppId, digest: Digest) -> str:
    """An artifact is a tar of the built files, named by its sha256."""
    return f"{ARTIFACTS}{app_id}/{digest}.tar"


def artifact_prefix(app_id: AppId, digest: Digest) -> str:
    """What the keys of an artifact and of all that belongs to it begin with."""
    return f"{ARTIFACTS}{app_id}/{digest}."


def thumbnail_key(app_id: AppId, digest: Digest, number: int) -> str:
    """A picture of one of an artifact's pages, beside the artifact."""
    return f"{ARTIFACTS}{app_id}/{digest}.{number}.webp"


def dump_key(app_id: AppId, dump_id: str) -> str:
    """A dump of an app's database in one environment: JSON by the line, compressed by gzip."""
    return f"{DUMPS}{app_id}/{dump_id}.jsonl.gz"


def asset_key(digest: str) -> str:
    """A file that a deployed app serves from the assets bucket; apps with the same file share it."""
    return f"{ASSETS}{digest}"


def recent_key(app_id: AppId, environment: str) -> str:
    """Where the Worker of an environment finds files of versions that were live lately, beside the assets."""
    return f"{RECENT}{app_id}/{environment}.json"


def installation_key(installation: str) -> str:
    """Says that a deployer with its replicas keeps objects in the assets bucket."""
    return f"{INSTALLATIONS}{installation}"


class BrokenArchive(Exception):
    """The tar is damaged, or holds what no service of ours has put into it; the message says what."""


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """A tar that depends on the paths, their order and the contents alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Extent(NamedTuple):
    """Where a member's content lies in its tar, in bytes."""

    offset: int
    size: int


def unpack_files(data: bytes) -> dict[str, bytes]:
    """The files in their order, never more bytes than the tar itself has; raises BrokenArchive."""
    return {
        name: data[offset : offset + size] for name, (offset, size) in index_files(io.BytesIO(data)).items()
    }


def index_files(archive: BinaryIO) -> dict[str, Extent]:
    """Where in the tar its files are, in their order, all within it; raises BrokenArchive."""
    total = archive.seek(0, io.SEEK_END)
    archive.seek(0)
    found: dict[str, Extent] = {}
    with _read(archive) as tar:
        for member in tar:
            _check(member)
            if member.offset_data + member.size > total:
                raise BrokenArchive(f"it ends within {member.name!r}")
            found[member.name] = Extent(member.offset_data, member.size)
    return found


@contextmanager
def _read(archive: BinaryIO) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=archive, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BrokenArchive(f"it is no readable tar ({error})") from error


def _check(member: tarfile.TarInfo) -> None:
    shown = repr(member.name[:MAX_PATH])
    if not member.isreg() or member.issparse():
        raise BrokenArchive(f"it holds {shown}, which is no regular file")
    if (problem := path_problem(member.name)) is not None:
        raise BrokenArchive(f"it holds {shown}, which cannot be a path: {problem}")
