"""How the exports of a module are declared, as far as that can be told without a type checker."""

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from templates.domain.exports import declarations, parse, text_of

_UNSEEN = frozenset({"comment", "statement_block"})
_PARAMETERS = frozenset({"required_parameter", "optional_parameter"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression"})


def signatures_of(path: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """By the names that the module itself declares: types in full, functions and classes without what they
    do, values by the type they are annotated with; each with the module's other declarations that it names.

    Types that are inferred, or are another module's, are not seen.
    """
    own = {
        name: tuple(_tokens(node))
        for statement in parse(path, files).children
        for name, node in declarations(statement)
    }
    return {name: " ".join(_with_named(name, own, set())) for name in own}


def _with_named(name: str, own: Mapping[str, tuple[str, ...]], seen: set[str]) -> Iterator[str]:
    seen.add(name)
    yield from own[name]
    for token in own[name]:
        if token in own and token not in seen:
            yield from _with_named(token, own, seen)


def _tokens(node: Node) -> Iterator[str]:
    if node.type in _PARAMETERS:
        yield from _parameter(node)
    elif node.type in {"variable_declarator", "public_field_definition"}:
        yield from _value(node)
    elif node.type not in _UNSEEN:
        body = node.child_by_field_name("body") if node.type == "arrow_function" else None
        if not node.children:
            yield text_of(node)
        for child in node.children:
            if child != body:
                yield from _tokens(child)


def _parameter(node: Node) -> Iterator[str]:
    """Whether it may be left out, and its type: what it is called concerns nobody."""
    default, pattern = node.child_by_field_name("value"), node.child_by_field_name("pattern")
    yield "?" if node.type == "optional_parameter" or default is not None else "parameter"
    if pattern is not None and pattern.type == "rest_pattern":
        yield "..."
    annotation = node.child_by_field_name("type")
    if annotation is not None:
        yield from _tokens(annotation)


def _value(node: Node) -> Iterator[str]:
    annotation, value = node.child_by_field_name("type"), node.child_by_field_name("value")
    if annotation is not None:
        yield from _tokens(annotation)
    elif value is not None and value.type in _FUNCTIONS:
        yield from _tokens(value)
