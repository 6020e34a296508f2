"""What an app's text files hold: symbols, imports and text, read once per content."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import PurePosixPath

from common.contracts.source import PUBLIC, SOURCE
from orchestrator.domain.modules import (
    MAX_SPECIFIERS,
    Specifier,
    resolve,
    specifiers_of_script,
    specifiers_of_style,
    without_extension,
)
from orchestrator.domain.ranking import Ranking, words_of
from orchestrator.domain.symbols import Definition, Symbols, symbols_of
from orchestrator.domain.syntax import parse_patiently
from orchestrator.domain.text import expects_text
from orchestrator.domain.tree import Tree

MAX_FILE_BYTES = 200_000
MAX_TOTAL_BYTES = 4_000_000
_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")
_NO_CODE = frozenset({"package-lock.json"})
_NAME_WEIGHT = 4
"""What a word of the name counts to one of the signature or path."""


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """`lowered` is the text in small letters, line by line where the content has them; `words` describe each
    definition.
    """

    content: bytes
    lowered: str
    symbols: Symbols = field(default_factory=Symbols)
    specifiers: tuple[Specifier, ...] = ()
    words: tuple[Counter[str], ...] = ()

    def line(self, number: int) -> str:
        """The text of a line, from 1."""
        return self.content.split(b"\n", number)[number - 1].decode(errors="replace")


def indexed(path: str, content: bytes) -> IndexedFile:
    """Reads a file; of one that is binary in spite of its name there is nothing."""
    if b"\0" in content:
        return IndexedFile(b"", "")
    lowered = content.decode(errors="replace").lower()
    if path.endswith(".css"):
        found = tuple(_bounded(specifiers_of_style(content)))
        return IndexedFile(content, lowered, specifiers=found)
    if not path.endswith(_TYPESCRIPT) or path.startswith(f"{PUBLIC}/"):
        return IndexedFile(content, lowered)
    jsx = path.endswith(".tsx")
    tree = parse_patiently(content, jsx=jsx)
    symbols = symbols_of(content, tree, jsx=jsx) if tree is not None else Symbols()
    specifiers = tuple(_bounded(specifiers_of_script(content, tree)))
    return IndexedFile(content, lowered, symbols, specifiers, tuple(map(_words, symbols.definitions)))


def _bounded(found: Iterator[Specifier]) -> Iterator[Specifier]:
    return (one for one, _ in zip(found, range(MAX_SPECIFIERS), strict=False))


@dataclass(frozen=True)
class AppIndex:
    """The text files of a tree by path; `left_out` are those that are too large, or too much altogether."""

    files: Mapping[str, IndexedFile] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @cached_property
    def entries(self) -> list[tuple[str, Definition]]:
        return [(path, one) for path, file in self.files.items() for one in file.symbols.definitions]

    @cached_property
    def ranking(self) -> Ranking:
        """Of the entries, by their names, signatures and paths."""
        documents: list[Counter[str]] = []
        for path, file in self.files.items():
            if file.words:
                located = Counter(words_of(path.removeprefix(f"{SOURCE}/")))
                documents += (words + located for words in file.words)
        return Ranking(documents)

    def importable(self, path: str, name: str) -> str:
        """How other files name the module that exports it: its folder's index if that passes it on."""
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            for suffix in (".ts", ".tsx"):
                if self._passes_on(f"{folder}/index{suffix}", path, name):
                    return _spoken(folder)
        return _spoken(without_extension(path))

    def _passes_on(self, barrel: str, path: str, name: str) -> bool:
        file = self.files.get(barrel)
        return file is not None and any(
            one.name in {name, "*"} and resolve(one.specifier, barrel, self.files) == path
            for one in file.symbols.reexports
        )


class IndexCache:
    """Makes the index of one tree after the other; files that have not changed are not read again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], IndexedFile] = {}
        self._tree: Tree | None = None
        self._chosen: tuple[list[str], list[str]] = [], []
        self._index: AppIndex | None = None

    def missing(self, tree: Tree) -> set[str]:
        """The digests of the files whose contents `of` needs."""
        chosen, _ = self._choose(tree)
        found = {tree[path].digest for path in chosen if _key(tree, path) not in self._known}
        if found:
            self._index = None  # which may have been made without them
        return found

    def of(self, tree: Tree, contents: Mapping[str, bytes]) -> AppIndex:
        """The index of the tree; `contents` by digest. It may take a second for a large app."""
        chosen, left_out = self._choose(tree)
        if self._index is None:
            files = {path: file for path in chosen if (file := self._read(tree, path, contents)) is not None}
            # What a call has made room for is not at hand before the next turn.
            left_out = [*left_out, *(path for path in chosen if path not in files)]
            self._known = {_key(tree, path): file for path, file in files.items()}
            self._index = AppIndex(files, tuple(left_out))
        return self._index

    def _read(self, tree: Tree, path: str, contents: Mapping[str, bytes]) -> IndexedFile | None:
        known, content = self._known.get(_key(tree, path)), contents.get(tree[path].digest)
        return indexed(path, content) if known is None and content is not None else known

    def _choose(self, tree: Tree) -> tuple[list[str], list[str]]:
        """The files to be read, those below src/ first, and those that are too much."""
        if tree is not self._tree:
            chosen: list[str] = []
            left_out: list[str] = []
            room = MAX_TOTAL_BYTES
            for path in sorted(filter(_is_code, tree), key=lambda path: not path.startswith(f"{SOURCE}/")):
                fits = tree[path].size <= min(MAX_FILE_BYTES, room)
                room -= tree[path].size if fits else 0
                (chosen if fits else left_out).append(path)
            self._tree, self._chosen, self._index = tree, (chosen, left_out), None
        return self._chosen


def _key(tree: Tree, path: str) -> tuple[str, str]:
    """What the reading of a file depends on: its content, and what its name says of it."""
    kind = "public" if path.startswith(f"{PUBLIC}/") else PurePosixPath(path).suffix
    return kind, tree[path].digest


@lru_cache(maxsize=10_000)
def _is_code(path: str) -> bool:
    return expects_text(path) and path.rpartition("/")[2] not in _NO_CODE


def _spoken(module: str) -> str:
    return f"@/{module.removeprefix(f'{SOURCE}/')}" if module.startswith(f"{SOURCE}/") else f"/{module}"


def _words(one: Definition) -> Counter[str]:
    words = Counter(words_of(one.signature))
    for word in words_of(one.name):
        words[word] += _NAME_WEIGHT
    return words
