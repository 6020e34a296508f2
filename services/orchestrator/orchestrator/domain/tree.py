"""An app's files at one moment: which paths exist and which content they have."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from common.contracts.source import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, beside, module_name
from orchestrator.domain.paths import check_path
from orchestrator.errors import AppTooLarge, FileNotFound, FileTooLarge, PathConflict, TooManyFiles


@dataclass(frozen=True, slots=True)
class FileRef:
    """A content by its sha256, and its size in bytes."""

    digest: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> "FileRef":
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """Sorted paths."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class Tree(Mapping[str, FileRef]):
    """An immutable mapping of path to FileRef that keeps the limits and refuses paths that collide."""

    __slots__ = ("_files", "_known")

    def __init__(self, files: Mapping[str, FileRef] | Iterable[tuple[str, FileRef]] = ()) -> None:
        self._files: dict[str, FileRef] = dict(files)
        self._known: dict[str, tuple[str, bool]] | None = None
        for path, ref in self._files.items():
            _check_size(path, ref.size)
            check_path(path)
        self._check_totals()
        _ = self._names

    def __getitem__(self, path: str) -> FileRef:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and self._files == other._files

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"<Tree {len(self)} files {self.digest()[:8]}>"

    @property
    def _names(self) -> dict[str, tuple[str, bool]]:
        """The files and folders, see `_claim`; made when first asked for, as most trees are only read."""
        if self._known is None:
            self._known = {}
            for path in self._files:
                _claim(self._known, path)
        return self._known

    @property
    def total_bytes(self) -> int:
        return sum(ref.size for ref in self._files.values())

    def with_file(self, path: str, ref: FileRef) -> "Tree":
        """A tree in which `path` has this content, whether it existed or not."""
        _check_size(path, ref.size)
        names = self._known
        if path not in self._files:
            names = dict(self._names)
            _claim(names, check_path(path))
        return self._made({**self._files, path: ref}, names)

    def without(self, path: str) -> "Tree":
        """A tree in which `path` does not exist. FileNotFound if it never did."""
        if path not in self._files:
            raise FileNotFound(f"There is no file {path!r}.", path=path)
        return self._made({other: ref for other, ref in self._files.items() if other != path}, None)

    def diff(self, base: "Tree") -> TreeDiff:
        """What has happened since `base`."""
        return TreeDiff(
            added=tuple(path for path in self if path not in base),
            changed=tuple(path for path in self if path in base and base[path].digest != self[path].digest),
            removed=tuple(path for path in base if path not in self),
        )

    def digest(self) -> str:
        """A sha256 that depends on the paths and contents alone."""
        lines = "".join(f"{self._files[path].digest}  {path}\n" for path in self)
        return hashlib.sha256(lines.encode()).hexdigest()

    def to_json(self) -> dict[str, dict[str, str | int]]:
        return {path: {"digest": self[path].digest, "size": self[path].size} for path in self}

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, str | int]]) -> "Tree":
        """What `to_json` gave, which was checked then and is not checked again."""
        files = {path: FileRef(str(ref["digest"]), int(ref["size"])) for path, ref in data.items()}
        return cls._made(files, None)

    @classmethod
    def _made(cls, files: dict[str, FileRef], names: dict[str, tuple[str, bool]] | None) -> "Tree":
        """A tree whose paths are in order."""
        tree = cls()
        tree._files, tree._known = files, names
        tree._check_totals()
        return tree

    def _check_totals(self) -> None:
        if len(self) > MAX_FILES:
            raise TooManyFiles(
                f"The app would have {len(self):,} files, at most {MAX_FILES:,} are allowed: delete some.",
                files=len(self),
                limit=MAX_FILES,
            )
        if self.total_bytes > MAX_TOTAL_BYTES:
            raise AppTooLarge(
                f"The app's files would have {self.total_bytes:,} bytes in total, at most "
                f"{MAX_TOTAL_BYTES:,} are allowed: make images smaller or delete files first.",
                size=self.total_bytes,
                limit=MAX_TOTAL_BYTES,
            )


def _check_size(path: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise FileTooLarge(
            f"{path} has {size:,} bytes, a file may have at most {MAX_FILE_BYTES:,}: "
            "split it or make it smaller.",
            path=path,
            size=size,
            limit=MAX_FILE_BYTES,
        )


def _claim(names: dict[str, tuple[str, bool]], path: str) -> None:
    """Enter the path and its folders, keyed without case, with their spelling and whether each is a file."""
    ends = [position for position, character in enumerate(path) if character == "/"]
    for name, is_file in [*((path[:end], False) for end in ends), (path, True)]:
        key = unicodedata.normalize("NFC", name.casefold())
        known, known_is_file = names.setdefault(key, (name, is_file))
        if known_is_file != is_file:
            raise PathConflict(
                f"{path} cannot exist: {known} is a {'file' if known_is_file else 'folder'}. "
                "Choose another name.",
                path=path,
                existing=known,
            )
        if known != name:
            raise PathConflict(
                f"{path} differs from the existing {known} only by case, which some machines cannot keep "
                f"apart. Use the existing spelling, or another name.",
                path=path,
                existing=known,
            )
    module = module_name(path)
    if module is None:
        return
    known, _ = names.setdefault(f"{module}.", (path, True))  # no path ends with a dot
    if known != path:
        raise PathConflict(
            f"{path} cannot exist: {beside(known)}. Change {known}, or delete it first.",
            path=path,
            existing=known,
        )
