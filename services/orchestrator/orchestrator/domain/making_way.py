"""Files of an app whose places a newer foundation keeps for itself: moved, with all imports of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from common.contracts.source import MAX_FILES, MAX_PATH, PUBLIC, SOURCE, lock_reason
from common.contracts.templates import TemplateRelease
from orchestrator.domain.index import AppIndex, IndexCache
from orchestrator.domain.moves import Moves, rewritten
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import PathConflict

_MOVED = "moved"
_ROOM = len(f"{_MOVED}{MAX_FILES}/")
_ANY = FileRef.of(b"")


@dataclass(frozen=True)
class Way:
    """The app's files where they do not stand in the way: `moved` are the new places by the old.

    `loose` are files that may not find another one any more, or may not be found: somebody has to look.
    """

    files: Mapping[str, bytes]
    moved: Mapping[str, str] = field(default_factory=dict)
    loose: tuple[str, ...] = ()


def make_way(base: TemplateRelease, app: Mapping[str, bytes], target: TemplateRelease) -> Way:
    """Moves what is the app's own and stands where the new release locks; nothing of it is lost."""
    own = [path for path in sorted(app) if _is_in_the_way(path, base, app[path], target)]
    if not own:
        return Way(app)
    staying, brought = Tree(dict.fromkeys(app.keys() - {*own}, _ANY)), Tree(dict.fromkeys(target.files, _ANY))
    moved: dict[str, str] = {}
    for path in own:
        moved[path] = _free_path(path, (staying, brought), target.locked)
        staying = staying.with_file(moved[path], _ANY)
    files, loose = _rewritten(app, moved)
    return Way(files, moved, tuple(sorted(loose)))


def _is_in_the_way(path: str, base: TemplateRelease, content: bytes, target: TemplateRelease) -> bool:
    return (
        lock_reason(path, target.locked) is not None
        and lock_reason(path, base.locked) is None
        and content not in {base.files.get(path), target.files.get(path)}
    )


def _free_path(path: str, trees: Sequence[Tree], locked: Sequence[str]) -> str:
    """In the same part of the app, as that decides what a file may be; too long folders are left out."""
    part, below = path.split("/", 1) if path.startswith((f"{SOURCE}/", f"{PUBLIC}/")) else ("", path)
    if len(path) + _ROOM > MAX_PATH:
        below = below.rpartition("/")[2]
    numbers = range(sum(map(len, trees)) + 2)
    candidates = ("/".join(filter(None, (part, f"{_MOVED}{number or ''}", below))) for number in numbers)
    return next(one for one in candidates if lock_reason(one, locked) is None and _is_free(one, trees))


def _is_free(path: str, trees: Sequence[Tree]) -> bool:
    """Whether none of them has the path, nor one that could be taken for it."""
    try:
        for tree in trees:
            tree.with_file(path, _ANY)
    except PathConflict:
        return False
    return not any(path in tree for tree in trees)


def _rewritten(app: Mapping[str, bytes], moved: Mapping[str, str]) -> tuple[dict[str, bytes], set[str]]:
    index = _index_of(app)
    moves = Moves(moved, frozenset(app))
    files = {moved.get(path, path): content for path, content in app.items()}
    # Nothing is known of files that are too large, nor who asks for the address of a public one.
    loose = {moved.get(path, path) for path in index.left_out}
    loose |= {new_path for path, new_path in moved.items() if path.startswith(f"{PUBLIC}/")}
    for path, file in index.files.items():
        found = list(moves.changes(path, file))
        new_path = moved.get(path, path)
        files[new_path] = rewritten(app[path], [(one, new) for one, new in found if new is not None])
        if any(new is None for _, new in found):
            loose.add(new_path)
    return files, loose


def _index_of(app: Mapping[str, bytes]) -> AppIndex:
    tree = Tree({path: FileRef.of(content) for path, content in app.items()})
    return IndexCache().of(tree, {tree[path].digest: content for path, content in app.items()})
