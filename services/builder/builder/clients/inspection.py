"""Looks at packages as they were installed, whatever the registry said of them."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from builder.domain.packages.lockfile import Entry
from builder.errors import PackageRefused

MAX_BYTES = 120 * 1024**2
MAX_FILES = 30_000
_NATIVE = (".node", ".so", ".dll", ".dylib", ".exe")
_SCRIPTS = frozenset({"preinstall", "install", "postinstall"})
_COMMANDS = "/node_modules/.bin/"
_MAX_MANIFEST = 1024**2
_TYPES = (".d.ts", ".d.mts", ".d.cts")


def require_small(modules: Path, entries: Sequence[Entry]) -> None:
    """Raises PackageRefused as soon as the packages are too much together; while they are installed, too."""
    size = files = 0
    for entry in _outermost(entries):
        for found in _walk(_folder_of(modules, entry)):
            files += 1
            with suppress(FileNotFoundError):  # npm is at work
                size += found.stat(follow_symlinks=False).st_size
            if size > MAX_BYTES or files > MAX_FILES:
                raise PackageRefused(
                    f"It is too large with all that it brings: over {MAX_BYTES // 1024**2} MB or "
                    f"{MAX_FILES:,} files."
                )


def require_harmless(modules: Path, entries: Sequence[Entry]) -> None:
    """Raises PackageRefused for what a package holds and its registry did not tell."""
    for entry in entries:
        folder = _folder_of(modules, entry)
        if not folder.is_dir() or folder.is_symlink():
            raise PackageRefused(f"{entry} has not been installed where it belongs.")
        about = _manifest(folder)
        if (about.get("name"), about.get("version")) != (entry.name, entry.version):
            raise PackageRefused(f"{entry} holds another package than the registry says.")
        scripts = about.get("scripts")
        if isinstance(scripts, dict) and _SCRIPTS & scripts.keys():
            raise PackageRefused(f"{entry} runs a script when it is installed, which no app's package may.")
    for entry in _outermost(entries):
        for found in _walk(_folder_of(modules, entry)):
            if found.is_symlink() and not found.path.endswith(f"{_COMMANDS}{found.name}"):
                raise PackageRefused(f"{entry} holds a link, {found.name[:80]}.")
            if found.name.endswith(_NATIVE) or found.name == "binding.gyp":
                raise PackageRefused(
                    f"{entry} holds a program for one kind of machine, {found.name[:80]}, and apps run in "
                    "browsers."
                )


def is_typed(modules: Path, entry: Entry) -> bool:
    """Whether the package brings types of its own."""
    return any(found.name.endswith(_TYPES) for found in _walk(_folder_of(modules, entry)))


def _folder_of(modules: Path, entry: Entry) -> Path:
    return modules / entry.path.removeprefix("node_modules/")


def _outermost(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Those that are within no other: so nothing in a package's folder is left out, nor looked at twice."""
    folders = {f"{entry.path}/" for entry in entries}
    for entry in entries:
        parents = (entry.path[: at + 1] for at, character in enumerate(entry.path) if character == "/")
        if not folders.intersection(parents):
            yield entry


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All files and links below the folder."""
    waiting = [str(folder)]
    while waiting:
        try:
            found = list(os.scandir(waiting.pop()))
        except (FileNotFoundError, NotADirectoryError):  # npm is at work
            continue
        for one in found:
            if one.is_dir(follow_symlinks=False):
                waiting.append(one.path)
            else:
                yield one


def _manifest(folder: Path) -> dict[str, object]:
    path = folder / "package.json"
    try:
        if path.is_symlink() or path.stat().st_size > _MAX_MANIFEST:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
