"""Moving a file, so that every import of it and all of its own still mean the same."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from common.contracts.source import PUBLIC, lock_reason
from orchestrator.domain.edits import LoggedEdit, Region
from orchestrator.domain.index import AppIndex, IndexedFile
from orchestrator.domain.modules import Specifier
from orchestrator.domain.moves import Moves, rewritten
from orchestrator.domain.syntax import has_jsx
from orchestrator.domain.text import revision

_MODULES = frozenset({".ts", ".tsx"})
_IMPORTING = (".ts", ".tsx", ".mts", ".cts", ".css")
_GLOB = b"import.meta.glob"
_MAX_NAMED = 10


class RenameRefused(Exception):
    """The file cannot be moved; the message is the answer for the model, and nothing has changed."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """`files`: all that become others, None for the old path, which comes first; `edits` of the moved file
    and of those that import it; `lines`: by path the numbers of the changed lines; `notes`: what is left.
    """

    files: Mapping[str, bytes | None]
    edits: Mapping[str, LoggedEdit]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def renamed(
    source: str,
    target: str,
    content: bytes,
    *,
    index: AppIndex,
    paths: frozenset[str],
    locked: tuple[str, ...],
) -> Renaming:
    """Moves the file `source`, which exists, to `target`, which does not. Raises RenameRefused.

    `paths` are those of all files; both paths are valid and not locked.
    """
    _check_extension(source, target, content)
    if source in index.left_out and source.endswith(_IMPORTING):
        raise RenameRefused(f"{source} is too large for its imports to be changed. Split it first.")
    moves = Moves({source: target}, paths)
    files: dict[str, bytes | None] = {source: None, target: content}
    edits = {target: LoggedEdit(revision(content), revision(content), ())}
    lines: dict[str, tuple[int, ...]] = {}
    for path, file in index.files.items():
        changes = list(_spelled(moves, path, file))
        if not changes:
            continue
        if path != source and (reason := lock_reason(path, locked)) is not None:
            raise RenameRefused(
                f"{path} imports {changes[0][0].name!r}, which would not be found any more, and is locked: "
                f"{reason}. So {source} has to stay where it is; nothing was changed."
            )
        importer = target if path == source else path
        after = rewritten(file.content, changes)
        numbers = sorted({file.content.count(b"\n", 0, one.start) + 1 for one, _ in changes})
        regions = tuple(Region(number, 1, number, 1) for number in numbers)
        files[importer] = after
        edits[importer] = LoggedEdit(revision(file.content), revision(after), regions)
        lines[importer] = tuple(numbers)
    return Renaming(files, edits, lines, tuple(_notes(source, target, index)))


def _spelled(moves: Moves, path: str, file: IndexedFile) -> Iterator[tuple[Specifier, str]]:
    for one, new in moves.changes(path, file):
        if new is None:
            raise RenameRefused(
                f"{moves.moved.get(path, path)} could not import what it names {one.name!r} any more: choose "
                "another name for the file. Nothing was changed."
            )
        yield one, new


def _check_extension(source: str, target: str, content: bytes) -> None:
    old, new = (_extension(path) for path in (source, target))
    if old == new:
        return
    if {old, new} <= _MODULES:
        if new == ".ts" and has_jsx(content):
            raise RenameRefused(f"{source} has JSX, so its name has to end with .tsx. Nothing was changed.")
        return
    raise RenameRefused(
        f"{source} cannot become {target}: the extension says what a file is, so it has to stay "
        f"{old or 'none'}. Create a new file instead if its content becomes another. Nothing was changed."
    )


def _extension(path: str) -> str:
    name = PurePosixPath(path).name.lower()
    declares = next((ending for ending in (".d.ts", ".d.mts", ".d.cts") if name.endswith(ending)), None)
    return declares or posixpath.splitext(name)[1]


def _notes(source: str, target: str, index: AppIndex) -> Iterator[str]:
    """What cannot be followed: patterns, addresses of public files, and files that are too large."""
    patterns = [target if path == source else path for path, file in index.files.items() if _computes(file)]
    if patterns:
        yield f"Imports by a pattern are in {_named(patterns)}: see whether it still fits."
    if source.startswith(f"{PUBLIC}/"):
        address = source.removeprefix(PUBLIC).encode()
        users = [path for path, file in index.files.items() if address in file.content]
        if users:
            yield f"The address {address.decode()} stands in {_named(users)}: change it there."
    if index.left_out:
        yield f"Not looked into, as they are too large: {_named(list(index.left_out))}."


def _computes(file: IndexedFile) -> bool:
    return _GLOB in file.content or any("${" in one.name for one in file.specifiers)


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else ""
    return ", ".join(paths[:_MAX_NAMED]) + more


def note_edits(
    log: dict[str, list[LoggedEdit]], call: Mapping[str, Any], edits: Mapping[str, LoggedEdit]
) -> None:
    """Adds to the log, by path, what a call has changed; that of a file it moved goes with the file."""
    if edits and call["name"] == "rename_file":
        log[call["input"]["to"]] = log.pop(call["input"]["from"], [])
    for path, edit in edits.items():
        log.setdefault(path, []).append(edit)
