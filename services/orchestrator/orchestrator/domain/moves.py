"""Files that change their places: how every import of them, and all of their own, have to read then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestrator.domain.index import IndexedFile
from orchestrator.domain.modules import Specifier, is_relative, moved_along, resolve, respelled


@dataclass(frozen=True)
class Moves:
    """`moved`: new paths by old ones; `before`: all paths of the app as they were."""

    moved: Mapping[str, str]
    before: frozenset[str]

    @cached_property
    def after(self) -> frozenset[str]:
        return self.before - self.moved.keys() | frozenset(self.moved.values())

    def changes(self, path: str, file: IndexedFile) -> Iterator[tuple[Specifier, str | None]]:
        """The specifiers of a file, by its old path, that have to read otherwise, and how.

        None for one that no spelling can save.
        """
        importer = self.moved.get(path, path)
        for one in file.specifiers:
            was = resolve(one.name, path, self.before)
            if was is not None:
                new = self._spelled(one.name, was, importer)
            elif importer != path and is_relative(one.name):
                new = moved_along(one.name, path, importer)
            else:
                continue
            if new != one.name:
                yield one, new

    def _spelled(self, name: str, was: str, importer: str) -> str | None:
        meant = self.moved.get(was, was)
        if resolve(name, importer, self.after) == meant:
            return name
        return respelled(name, was=was, importer=importer, target=meant, paths=self.after)


def rewritten(content: bytes, changes: Sequence[tuple[Specifier, str]]) -> bytes:
    """The text with these specifiers, which stand in its order."""
    parts, done = [], 0
    for one, new in changes:
        parts += [content[done : one.start], new.encode()]
        done = one.end
    return b"".join([*parts, content[done:]])
