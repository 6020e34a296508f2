"""What the modules of a release export, so that two releases can be compared by it."""

import posixpath
from collections.abc import Iterator, Mapping
from functools import cache

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser

_SUFFIXES = (".ts", ".tsx")
_INDEX = ("/index.ts", "/index.tsx")
_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})
_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern"})


def is_module(path: str) -> bool:
    """Whether apps may import names from the file."""
    return path.startswith("src/") and path.endswith(_SUFFIXES)


def exports_of(path: str, files: Mapping[str, bytes]) -> frozenset[str]:
    """The names that a module exports, those of other modules of the release that it passes on among them.

    All that a package exports stands as `* from <package>`.
    """
    return frozenset(_exports(path, files, set()))


def parse(path: str, files: Mapping[str, bytes]) -> Node:
    """The module's statements are the node's children."""
    return _parser(jsx=path.endswith("x")).parse(files[path]).root_node


def declarations(statement: Node) -> Iterator[tuple[str, Node]]:
    """The names that a statement of a module declares, exported or not, with what declares each."""
    node = statement.child_by_field_name("declaration") or statement
    if node.type == "ambient_declaration":
        for child in node.named_children:
            yield from declarations(child)
    elif node.type in _VARIABLES:
        for declarator in node.named_children:
            name = declarator.child_by_field_name("name")
            if name is not None:
                yield from ((bound, declarator) for bound in _bound(name))
    elif (name := node.child_by_field_name("name")) is not None:
        yield text_of(name), node


def _exports(path: str, files: Mapping[str, bytes], seen: set[str]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    for statement in parse(path, files).children:
        if statement.type != "export_statement":
            continue
        source = statement.child_by_field_name("source")
        if source is not None and any(child.type == "*" for child in statement.children):
            yield from _all_of(text_of(source)[1:-1], path, files, seen)
        else:
            yield from _named(statement)


def _all_of(specifier: str, path: str, files: Mapping[str, bytes], seen: set[str]) -> Iterator[str]:
    if specifier.startswith("@/"):
        target = f"src/{specifier[2:]}"
    elif specifier.startswith("."):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier))
    else:
        yield f"* from {specifier}"
        return
    found = next((target + end for end in ("", *_SUFFIXES, *_INDEX) if target + end in files), None)
    if found is not None and is_module(found):
        yield from (name for name in _exports(found, files, seen) if name != "default")


def _named(statement: Node) -> Iterator[str]:
    if any(child.type == "default" for child in statement.children):
        yield "default"
        return
    for child in statement.named_children:
        if child.type == "namespace_export":
            yield text_of(child.named_children[-1])
        elif child.type == "export_clause":
            for one in child.named_children:
                name = one.child_by_field_name("alias") or one.child_by_field_name("name")
                if name is not None:
                    yield text_of(name)
    if statement.child_by_field_name("declaration") is not None:
        yield from (name for name, _ in declarations(statement))


def _bound(name: Node) -> Iterator[str]:
    """The names that a pattern binds."""
    if name.type in _NAMES:
        yield text_of(name)
        return
    for child in name.named_children:
        target = child.child_by_field_name("value") if child.type == "pair_pattern" else child
        if target is not None:
            yield from _bound(target)


def text_of(node: Node) -> str:
    """As it stands in the module."""
    return (node.text or b"").decode(errors="replace")


@cache
def _parser(*, jsx: bool) -> Parser:
    language = tree_sitter_typescript.language_tsx() if jsx else tree_sitter_typescript.language_typescript()
    return Parser(Language(language))
