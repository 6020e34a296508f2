"""Trees: immutable, comparable, within limits, safe on every file system."""

import json
from collections.abc import Callable

import pytest

from common.contracts.source import MAX_FILE_BYTES, MAX_FILES
from common.errors import AppError
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import (
    AppTooLarge,
    FileNotFound,
    FileTooLarge,
    InvalidPath,
    PathConflict,
    TooManyFiles,
)

A, B = FileRef.of(b"a"), FileRef.of(b"b")


def test_changing_a_tree_makes_another_one() -> None:
    base = Tree({"src/a.ts": A})
    changed = base.with_file("src/b.ts", B).with_file("src/a.ts", B).without("src/b.ts")
    assert dict(base) == {"src/a.ts": A}
    assert dict(changed) == {"src/a.ts": B}
    assert base != changed


def test_the_digest_depends_on_paths_and_contents_alone() -> None:
    one = Tree([("b.ts", B), ("a.ts", A)])
    other = Tree().with_file("a.ts", B).with_file("b.ts", B).with_file("a.ts", A)
    assert one == other
    assert one.digest() == other.digest()
    assert hash(one) == hash(other)
    assert one.digest() != one.with_file("a.ts", B).digest()
    assert Tree({"x/a": A}).digest() != Tree({"x": A}).digest()


def test_a_tree_survives_json() -> None:
    tree = Tree({"src/größe.ts": A, "b.ts": B})
    assert Tree.from_json(json.loads(json.dumps(tree.to_json()))) == tree


def test_a_diff_names_what_was_added_changed_and_removed() -> None:
    base = Tree({"same": A, "changed": A, "gone": A})
    diff = Tree({"same": A, "changed": B, "new/z": A, "new/a": A}).diff(base)
    assert (diff.added, diff.changed, diff.removed) == (("new/a", "new/z"), ("changed",), ("gone",))
    assert diff
    assert not base.diff(base)


def test_a_path_can_be_used_again_after_it_was_removed() -> None:
    tree = Tree({"Name.ts": A, "folder/x": A})
    assert "name.ts" in tree.without("Name.ts").with_file("name.ts", A)
    assert "folder" in tree.without("folder/x").with_file("folder", A)


CONFLICTS = [
    ("src/App.tsx", "src/app.tsx"),
    ("src/App.tsx", "SRC/other.tsx"),
    ("src/strasse.ts", "src/straße.ts"),
    ("src/a", "src/a/b.ts"),
    ("src/a/b.ts", "src/a"),
    ("src/a/b.ts", "src/A"),
    ("src/App.tsx", "src/App.ts"),
    ("src/a.d.ts", "src/A.ts"),
]


@pytest.mark.parametrize(("existing", "added"), CONFLICTS)
def test_paths_that_collide_on_some_machine_are_refused(existing: str, added: str) -> None:
    with pytest.raises(PathConflict) as refused:
        Tree({existing: A}).with_file(added, B)
    assert refused.value.status == 409
    with pytest.raises(PathConflict):
        Tree({existing: A, added: B})


def test_a_module_may_take_another_extension_once_the_first_is_gone() -> None:
    tree = Tree({"src/App.ts": A, "src/App.css": A, "src/App.json": A, "public/a.js": A, "public/a.mjs": A})
    assert "src/App.tsx" in tree.without("src/App.ts").with_file("src/App.tsx", B)


def full(files: int, size: int) -> Tree:
    return Tree({f"f{number}": FileRef("0" * 64, size) for number in range(files)})


LIMITS: list[tuple[Callable[[], Tree], type[AppError], str]] = [
    (lambda: Tree().with_file("a", FileRef("0" * 64, MAX_FILE_BYTES + 1)), FileTooLarge, "file_too_large"),
    (lambda: full(MAX_FILES, 1).with_file("one-more", A), TooManyFiles, "too_many_files"),
    (lambda: full(30, MAX_FILE_BYTES).with_file("one-more", A), AppTooLarge, "app_too_large"),
    (lambda: full(MAX_FILES + 1, 1), TooManyFiles, "too_many_files"),
]


@pytest.mark.parametrize(("make", "error", "code"), LIMITS)
def test_a_limit_is_named_when_it_is_passed(
    make: Callable[[], Tree], error: type[AppError], code: str
) -> None:
    with pytest.raises(error) as refused:
        make()
    assert (refused.value.code, refused.value.status) == (code, 413)


def test_the_limits_themselves_are_allowed_and_replacing_a_file_adds_none() -> None:
    tree = full(MAX_FILES, 1).with_file("f0", FileRef("1" * 64, 2))
    assert len(tree) == MAX_FILES
    assert full(30, MAX_FILE_BYTES).total_bytes == 30_000_000


def test_a_bad_path_does_not_enter_by_any_door() -> None:
    with pytest.raises(InvalidPath):
        Tree().with_file("../x", A)
    with pytest.raises(InvalidPath):
        Tree({"/x": A})
    with pytest.raises(InvalidPath):
        Tree({"a": A}).without("a").with_file("/x", A)


def test_a_tree_read_back_refuses_what_the_stored_one_refused() -> None:
    tree = Tree.from_json(Tree({"src/App.tsx": A, "lib": A}).to_json())
    assert tree == Tree({"src/App.tsx": A, "lib": A})
    for path in ("src/app.tsx", "SRC/x", "lib/x"):
        with pytest.raises(PathConflict):
            tree.with_file(path, A)
    assert tree.without("lib").with_file("lib/x", A)["lib/x"] == A


def test_removing_what_is_not_there_says_so() -> None:
    with pytest.raises(FileNotFound):
        Tree().without("a")
