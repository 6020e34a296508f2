"""Walking Postgres' parse trees."""

from collections.abc import Iterator
from typing import Any

from pglast import ast


def walk(tree: Any, at: int = 0) -> Iterator[tuple[ast.Node, int]]:
    """Every node with the offset of it or of what it stands in, in the order of the text where it is known.

    Without recursion: hostile trees are deep.
    """
    waiting: list[tuple[Any, int]] = [(tree, at)]
    while waiting:
        item, at = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend((part, at) for part in reversed(item))
        elif isinstance(item, ast.Node):
            at = offset(item, at)
            yield item, at
            waiting.extend((getattr(item, name), at) for name in reversed(_slots(type(item))))


def _slots(kind: type) -> tuple[str, ...]:
    return tuple(vars(kind)["__slots__"])


def offset(node: ast.Node, otherwise: int) -> int:
    """Where it stands in the text that was parsed."""
    found = getattr(node, "location", None)
    return found if isinstance(found, int) and found >= 0 else otherwise


def path(names: Any) -> tuple[str, ...]:
    """A name as the grammar gives it, from the schema (if it is there) to the last part."""
    if isinstance(names, ast.TypeName):
        names = names.names
    elif isinstance(names, ast.ObjectWithArgs):
        names = names.objname
    elif isinstance(names, ast.RangeVar):
        parts = (names.catalogname, names.schemaname, names.relname)
        return tuple(part for part in parts if part)
    if isinstance(names, ast.String):
        names = (names,)
    return tuple(name.sval or "" for name in names or () if isinstance(name, ast.String))


def constant(node: Any) -> str | None:
    """The text of a string constant."""
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String):
        return node.val.sval
    return None
