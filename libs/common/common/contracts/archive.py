"""Trees of files as tars: what the object store keeps and the templates service sends."""

import io
import tarfile
from collections.abc import Mapping

from common.contracts.source import MAX_PATH, path_problem


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
