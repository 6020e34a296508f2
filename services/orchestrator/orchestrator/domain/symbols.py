"""What a TypeScript file defines, by itself or by a `path` as a route, and what it exports from elsewhere."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from tree_sitter import Node, Tree

Kind = Literal["component", "hook", "function", "type", "value", "route"]

MAX_SYMBOLS = 300
_MAX_STATEMENTS = 3_000
_MAX_SIGNATURE = 160
_MAX_NAME = 200
_LEAST_SHAPE = 60
"""A function whose parameters and body are shorter says little by being the same as another."""
_TYPES = frozenset(
    {"interface_declaration", "type_alias_declaration", "enum_declaration", "class_declaration",
     "abstract_class_declaration"}
)  # fmt: skip
_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})
_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})
_WRAPPERS = frozenset({b"memo", b"forwardRef", b"lazy"})
_HOOK = re.compile(r"use[A-Z0-9]")
_ROUTE = re.compile(rb"""\bpath\s{0,9}[:=]\s{0,9}\{?\s{0,9}(["'`])([^"'`\n\\]{0,200})["'`]""")
_PAGE_KEYS = frozenset({b"element", b"Component", b"component", b"lazy", b"children"})


@dataclass(frozen=True, slots=True)
class Definition:
    """Something that a file defines at its top level, or one of the app's routes, whose name is its path.

    `line` counts from 1; `signature` is its head on one line; `shape` is the same for functions that do the
    same by the same text, empty for short ones and for everything else.
    """

    name: str
    kind: Kind
    line: int
    signature: str
    exported: bool = False
    default: bool = False
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Reexport:
    """`export { name } from "specifier"`; the name is `*` for everything."""

    name: str
    specifier: str


@dataclass(frozen=True, slots=True)
class Symbols:
    definitions: tuple[Definition, ...] = ()
    reexports: tuple[Reexport, ...] = ()


def symbols_of(source: bytes, tree: Tree, *, jsx: bool) -> Symbols:
    """Bounded: of a file with very many statements or symbols only the first."""
    found: list[Definition] = []
    reexports: list[Reexport] = []
    names: dict[str, bool] = {}
    for node in islice(_children(tree.root_node), _MAX_STATEMENTS):
        if node.type != "export_statement":
            found += _declared(node, node, source, jsx=jsx)
            continue
        if node.child_by_field_name("source") is not None:
            reexports += _reexported(node)
            continue
        default = any(child.type == "default" for child in node.children[:3])
        names.update(dict.fromkeys(_exported_names(node), default))
        declaration = node.child_by_field_name("declaration")
        if declaration is not None:
            declared = _declared(declaration, node, source, jsx=jsx)
            found += (replace(one, exported=True, default=default) for one in declared)
    found = [
        replace(one, exported=True, default=names[one.name]) if one.name in names else one for one in found
    ]
    routes = islice(_routes(source, tree), MAX_SYMBOLS)
    return Symbols((*found[:MAX_SYMBOLS], *routes), tuple(reexports[:MAX_SYMBOLS]))


def _children(node: Node) -> Iterator[Node]:
    """One after the other, as there may be very many."""
    cursor = node.walk()
    going = cursor.goto_first_child()
    while going:
        if cursor.node is not None:
            yield cursor.node
        going = cursor.goto_next_sibling()


def _declared(node: Node, statement: Node, source: bytes, *, jsx: bool) -> Iterator[Definition]:
    if node.type in _VARIABLES:
        for index, child in enumerate(islice(_children(node), MAX_SYMBOLS)):
            name = child.child_by_field_name("name") if child.type == "variable_declarator" else None
            if name is not None and name.type == "identifier" and _is_short(name):
                begin = statement if index == 1 else child  # the first one stands behind `const`
                yield _variable(child, _text(name), begin, source, jsx=jsx)
    elif (
        node.type in _TYPES | _FUNCTIONS
        and (name := node.child_by_field_name("name")) is not None
        and _is_short(name)
    ):
        kind: Kind = "type" if node.type in _TYPES else _kind(_text(name), jsx=jsx)
        if node.type == "class_declaration" and jsx and b"Component" in _head(node, node, source):
            kind = "component"
        shape = _shape(node) if node.type in _FUNCTIONS else ""
        yield Definition(
            _text(name), kind, node.start_point.row + 1, _signature(statement, node, source), shape=shape
        )


def _variable(node: Node, name: str, begin: Node, source: bytes, *, jsx: bool) -> Definition:
    function = _function_of(node.child_by_field_name("value"))
    kind: Kind = "value" if function is None else _kind(name, jsx=jsx)
    shape = _shape(function) if function is not None and function.type in _FUNCTION_VALUES else ""
    signature = _signature(begin, function or node, source)
    return Definition(name, kind, node.start_point.row + 1, signature, shape=shape)


def _function_of(value: Node | None) -> Node | None:
    """The function that the value is, or the call that makes a component of one."""
    if value is None or value.type in _FUNCTION_VALUES:
        return value
    callee = value.child_by_field_name("function") if value.type == "call_expression" else None
    wraps = callee is not None and (callee.text or b"").rpartition(b".")[2] in _WRAPPERS
    return value if wraps else None


def _kind(name: str, *, jsx: bool) -> Kind:
    if _HOOK.match(name):
        return "hook"
    return "component" if jsx and name[:1].isupper() else "function"


def _shape(function: Node) -> str:
    parts = (function.child_by_field_name(field) for field in ("parameters", "parameter", "body"))
    text = b"|".join(b"".join((part.text or b"").split()) for part in parts if part is not None)
    return hashlib.sha256(text).hexdigest()[:16] if len(text) >= _LEAST_SHAPE else ""


def _signature(begin: Node, node: Node, source: bytes) -> str:
    return clipped(_head(begin, node, source).decode(errors="replace"), _MAX_SIGNATURE)


def _head(begin: Node, node: Node, source: bytes) -> bytes:
    """From `begin` to where the body of the node begins; without one, to its end."""
    body = node.child_by_field_name("body")
    end = begin.end_byte if body is None or node.type == "interface_declaration" else body.start_byte
    return source[begin.start_byte : min(end, begin.start_byte + 4 * _MAX_SIGNATURE)]


def _exported_names(statement: Node) -> Iterator[str]:
    """Of `export { a, b as c }` and `export default a` the names by which the file itself has them."""
    value = statement.child_by_field_name("value")
    if value is not None and value.type == "identifier":
        yield _text(value)
    for child in statement.named_children:
        if child.type == "export_clause":
            for one in islice(_children(child), 2 * MAX_SYMBOLS):
                name = one.child_by_field_name("name") if one.type == "export_specifier" else None
                if name is not None:
                    yield _text(name)


def _reexported(statement: Node) -> Iterator[Reexport]:
    literal = statement.child_by_field_name("source")
    specifier = _text(literal)[1:-1] if literal is not None and _is_short(literal) else ""
    if any(child.type == "*" for child in statement.children[:9]):
        yield Reexport("*", specifier)
    for name in _exported_names(statement):
        yield Reexport(name, specifier)


def _routes(source: bytes, tree: Tree) -> Iterator[Definition]:
    for found in _ROUTE.finditer(source):
        node = tree.root_node.descendant_for_byte_range(found.start(1), found.start(1) + 1)
        literal = node.parent if node is not None and node.type in {'"', "'", "`"} else None
        owner = _route_around(literal.parent) if literal is not None else None
        if owner is not None:
            text = clipped((owner.text or b"")[: 4 * _MAX_SIGNATURE].decode(errors="replace"), _MAX_SIGNATURE)
            yield Definition(found[2].decode(errors="replace"), "route", owner.start_point.row + 1, text)


def _route_around(node: Node | None) -> Node | None:
    """The `<Route path=…>` or the object with a `path` and a page whose path this is."""
    if node is not None and node.type == "jsx_expression":
        node = node.parent
    owner = node.parent if node is not None else None
    if node is None or owner is None:
        return None
    if node.type == "jsx_attribute":
        name = owner.child_by_field_name("name")
        return owner if name is not None and name.text == b"Route" else None
    return owner if node.type == "pair" and _keys(owner) & _PAGE_KEYS else None


def _keys(node: Node) -> set[bytes]:
    keys = (child.child_by_field_name("key") for child in islice(_children(node), 50))
    return {key.text or b"" for key in keys if key is not None}


def clipped(text: str, most: int) -> str:
    """On one line, and not longer than that."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _is_short(node: Node) -> bool:
    return node.end_byte - node.start_byte <= _MAX_NAME


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
