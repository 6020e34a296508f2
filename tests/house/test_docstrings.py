"""Use cases, clients and what all services share say what they are for, where a reader meets them first."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.files import ROOT, SERVICES, relative, repository_files

ROOMS = (
    *(f"services/{service}/{service}/{room}" for service in SERVICES for room in ("usecases", "clients")),
    "libs/common/common",
)
# Servers and fixtures of tests; what they are for, the tests that use them show.
APART = ROOT / "libs/common/common/testing"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_public_classes_and_functions_have_a_docstring() -> None:
    found = {name: documented for room in ROOMS for name, documented in definitions(ROOT / room)}
    missing = sorted(name for name, documented in found.items() if not documented)
    assert len(found) > 300
    assert missing == []


def test_the_rule_sees_what_has_none(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        'class Store(Protocol):\n    def get(self): "It raises NotFound."\n    def put(self): ...\n'
        "class Files(Store):\n    def get(self): return 1\n    def put(self): return 2\n"
        "class Shelf:\n    def get(self): return 1\n"
        "def _private(): return 3\nasync def public(): return 4\n"
    )
    promised = promises([module])
    found = dict(walk(ast.parse(module.read_text()), "", promised))
    assert found == {
        "Store": False, "Store.get": True, "Store.put": False,
        "Files": False, "Files.get": True, "Files.put": False,
        "Shelf": False, "Shelf.get": False, "public": False,
    }  # fmt: skip


def definitions(room: Path) -> Iterator[tuple[str, bool]]:
    """Public classes and functions, and whether they, or the protocol they fulfil, have a docstring."""
    modules = [
        path
        for path in repository_files()
        if path.suffix == ".py" and path.is_relative_to(room) and not path.is_relative_to(APART)
    ]
    promised = promises(modules)
    for module in modules:
        for name, documented in walk(ast.parse(module.read_text(encoding="utf-8")), "", promised):
            yield f"{relative(module)}: {name}", documented


def promises(modules: list[Path]) -> set[tuple[str, str]]:
    """Methods that a class of the room describes, with its name: who derives from it need not repeat it."""
    return {
        (node.name, method.name)
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for method in node.body
        if isinstance(method, Definition) and ast.get_docstring(method)
    }


def walk(
    node: ast.Module | ast.ClassDef, prefix: str, promised: set[tuple[str, str]]
) -> Iterator[tuple[str, bool]]:
    bases = (
        {ast.unparse(base).partition("[")[0] for base in node.bases}
        if isinstance(node, ast.ClassDef)
        else set()
    )
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            kept = any((base, child.name) in promised for base in bases)
            yield prefix + child.name, kept or ast.get_docstring(child) is not None
            if isinstance(child, ast.ClassDef):
                yield from walk(child, f"{prefix}{child.name}.", promised)
