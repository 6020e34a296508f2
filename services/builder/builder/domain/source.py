"""An app's source as it comes out of the object store, and the platform's files laid over it."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from builder.domain.paths import is_safe_path, matches
from builder.errors import SourceInvalid

MAX_FILES = 2_000
MAX_FILE_BYTES = 8 * 1024**2
MAX_TOTAL_BYTES = 64 * 1024**2

# Configuration that the build's tools would find by name: it is the template's to bring, never the app's.
_CONFIGURATION = (
    "vite.config.*",
    "postcss.config.*",
    ".postcssrc*",
    ".npmrc",
    "package.json",
    "package-lock.json",
    "tsconfig*.json",
    ".env*",
)
_OUTPUT = ("node_modules/**", "dist/**", ".vite/**")


@dataclass(frozen=True)
class Template:
    """A template's files; those that match `locked` are the platform's in every app."""

    name: str
    digest: str
    locked: tuple[str, ...]
    files: Mapping[str, bytes]

    def is_locked(self, path: str) -> bool:
        return any(matches(glob, path) for glob in self.locked)


@dataclass(frozen=True)
class LaidSource:
    """What is built. `dropped` are files of the app that are the platform's to bring."""

    files: Mapping[str, bytes]
    dropped: tuple[str, ...]


def read_source(data: bytes, digest: str) -> dict[str, bytes]:
    """The files of a source tar; raises SourceInvalid on anything but regular files within bounds."""
    if hashlib.sha256(data).hexdigest() != digest:
        raise SourceInvalid(f"The stored source {digest} has other content than its digest says.")
    files = read_tar(data, f"source {digest}")
    if not files:
        raise SourceInvalid(f"The source {digest} holds no files.")
    return files


def read_tar(data: bytes, what: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                if member.isdir():
                    continue
                total += member.size
                _check(member, len(files), total, what)
                content = tar.extractfile(member)
                files[member.name] = content.read() if content else b""
    except tarfile.TarError as error:
        raise SourceInvalid(f"The {what} is not a readable tar: {error}.") from error
    _check_no_file_is_a_directory(files, what)
    return files


def _check(member: tarfile.TarInfo, count: int, total: int, what: str) -> None:
    name = member.name
    if not member.isreg():
        raise SourceInvalid(f"The {what} holds '{name}', which is no regular file.", path=name)
    if not is_safe_path(name):
        raise SourceInvalid(
            f"The {what} holds a file with an unusable path: {name[:100]!r}.", path=name[:100]
        )
    if member.size > MAX_FILE_BYTES:
        raise SourceInvalid(f"'{name}' in the {what} is over {MAX_FILE_BYTES} bytes.", path=name)
    if count >= MAX_FILES or total > MAX_TOTAL_BYTES:
        raise SourceInvalid(f"The {what} has over {MAX_FILES} files or {MAX_TOTAL_BYTES} bytes.")


def _check_no_file_is_a_directory(files: Mapping[str, bytes], what: str) -> None:
    for path in files:
        parts = path.split("/")
        for end in range(1, len(parts)):
            parent = "/".join(parts[:end])
            if parent in files:
                raise SourceInvalid(f"'{parent}' in the {what} is both a file and a directory.", path=parent)


def lay_over(source: Mapping[str, bytes], template: Template) -> LaidSource:
    """The app's files with the platform's in their places: the platform always wins."""
    platform = {path: content for path, content in template.files.items() if template.is_locked(path)}
    dropped = [path for path in source if path not in platform and _is_the_platforms(path, template)]
    unwanted = {*dropped, *(path for path in source if any(matches(glob, path) for glob in _OUTPUT))}
    kept = {path: content for path, content in source.items() if path not in unwanted}
    merged = {**kept, **platform}
    _check_no_file_is_a_directory(merged, "source with the template's files")
    return LaidSource(dict(sorted(merged.items())), tuple(sorted(dropped)))


def _is_the_platforms(path: str, template: Template) -> bool:
    return template.is_locked(path) or any(matches(glob, path) for glob in _CONFIGURATION)
