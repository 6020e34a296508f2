"""Objects of the buckets: how their keys are made, and how trees of files are packed into tars.

In the platform's bucket every app has prefixes of its own: apps share nothing there.
"""

import io
import tarfile
from collections.abc import Mapping

from common.contracts.base import AppId, Digest
from common.contracts.source import MAX_PATH, path_problem

SOURCES = "sources/"
ARTIFACTS = "artifacts/"


def app_prefixes(app_id: AppId) -> tuple[str, ...]:
    """What the keys of all that an app has in the platform's bucket begin with."""
    return f"{SOURCES}{app_id}/", f"{ARTIFACTS}{app_id}/"


def source_key(app_id: AppId, digest: Digest) -> str:
    """A source is a tar of the app's files, named by its sha256."""
    return f"{SOURCES}{app_id}/{digest}.tar"


def artifact_key(app_id: AppId, digest: Digest) -> str:
    """An artifact is a tar of the built files, named by its sha256."""
    return f"{ARTIFACTS}{app_id}/{digest}.tar"


def asset_key(digest: str) -> str:
    """A file that a deployed app serves from the assets bucket; apps with the same file share it."""
    return f"a/{digest}"


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


def unpack_files(data: bytes) -> dict[str, bytes]:
    """The files in their order, never more bytes than the tar itself has; raises BrokenArchive."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                _check(member)
                content = tar.extractfile(member)
                files[member.name] = content.read() if content else b""
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BrokenArchive(f"it is no readable tar ({error})") from error
    return files


def _check(member: tarfile.TarInfo) -> None:
    shown = repr(member.name[:MAX_PATH])
    if not member.isreg() or member.issparse():
        raise BrokenArchive(f"it holds {shown}, which is no regular file")
    if (problem := path_problem(member.name)) is not None:
        raise BrokenArchive(f"it holds {shown}, which cannot be a path: {problem}")
