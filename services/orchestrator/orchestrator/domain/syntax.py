"""Whether source text is whole: every bracket, tag's brace and literal that is opened is closed again.

TypeScript is read by a parser that knows strings, templates, regular expressions and JSX but not the whole of
the language (it takes `<p>Food & Drink</p>` for an error). So an error alone says nothing: a file counts as
broken only when its brackets do not pair either. All other errors are the type check's to find.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

MAX_BYTES = 300_000
"""Longer files are not looked into, which would take too long."""

_PATIENCE = 100_000
_LONGEST_LINES = 1_000
"""Bytes a line has on average in no file that a person writes."""
_MAX_UNPAIRED = 200
_MAX_ERROR_STEPS = 300
_PIECE = 65_536

_PAIRS = {"{": "}", "(": ")", "[": "]", "${": "}", "`": "`", "/*": "*/"}
_CLOSING = frozenset("})]")
_ROUNDS = 3
_AMPERSAND = re.compile(rb"&")
_CSS = re.compile(
    r"""\\. | /\*.*?\*/ | "(?:\\.|[^"\\\n])*+" | '(?:\\.|[^'\\\n])*+' | \burl\(\s*+[^"')\s][^)]*+\)"""
    r"""| (?P<bracket>[{}()\[\]]) | (?P<comment>/\*)""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a text from being whole; `line` counts from 1."""

    line: int
    problem: str


def fault_of(path: str, text: str) -> Fault | None:
    """The first fault of a TypeScript, CSS or JSON file; None for one that is whole and for other files."""
    if len(text) > MAX_BYTES:
        return None
    match PurePosixPath(path).suffix.lower():
        case ".ts" | ".mts" | ".cts" | ".tsx" as suffix:
            return _fault_of_typescript(text, jsx=suffix == ".tsx")
        case ".css":
            return _unpaired(_css_brackets(text))
        case ".json":
            return _fault_of_json(text)
    return None


def parse_typescript(source: bytes, *, jsx: bool) -> Tree:
    """The syntax tree, in which what the parser does not understand are nodes of errors."""
    return Parser(_language(jsx=jsx)).parse(source)


def parse_patiently(source: bytes, *, jsx: bool) -> Tree | None:
    """Likewise, but other threads go on meanwhile; None for what parsers are slow with and nobody writes."""
    if len(source) > _PATIENCE or not _reads_like_code(source):
        return None
    steps = 0

    def gives_up(_offset: int, has_error: bool) -> bool:
        nonlocal steps
        steps += has_error
        return steps > _MAX_ERROR_STEPS

    try:
        return Parser(_language(jsx=jsx)).parse(
            lambda offset, _point: source[offset : offset + _PIECE], progress_callback=gives_up
        )
    except ValueError:  # what the parser says when it was told to give up
        return None


def _reads_like_code(source: bytes) -> bool:
    """Whether lines end now and then, and what is opened is mostly closed: else parsers take long."""
    opened, closed = (sum(map(source.count, signs)) for signs in ((b"(", b"[", b"{"), (b")", b"]", b"}")))
    lines = source.count(b"\n") + 1
    tangled = source.count(b"'\"") + source.count(b"\"'")
    less = source.count(b"<") - source.count(b">")
    return len(source) <= _LONGEST_LINES * lines and max(abs(opened - closed), less, tangled) <= _MAX_UNPAIRED


def has_jsx(source: bytes) -> bool:
    """Whether an element of JSX stands in the text, so that it is no plain TypeScript."""
    tree = parse_patiently(source, jsx=True)
    return tree is not None and any(node.type.startswith("jsx_") for node in _nodes(tree.root_node))


@cache
def _language(*, jsx: bool) -> Language:
    raw = tree_sitter_typescript.language_tsx() if jsx else tree_sitter_typescript.language_typescript()
    return Language(raw)


def _fault_of_typescript(text: str, *, jsx: bool) -> Fault | None:
    source = bytearray(text.encode("utf-8", errors="replace"))
    for _ in range(_ROUNDS):
        tree = parse_typescript(bytes(source), jsx=jsx)
        if not tree.root_node.has_error:
            return None
        misread = list(_misread_ampersands(source, tree))
        if not misread:
            break
        for position in misread:
            source[position] = ord("x")
    return _unpaired(_brackets(tree.root_node))


def _misread_ampersands(source: bytearray, tree: Tree) -> Iterator[int]:
    """Where `&` stands as text in JSX, which the parser wrongly takes for the beginning of an entity."""
    for node in _nodes(tree.root_node):
        if node.is_error:
            start = node.start_byte
            for child in node.children:
                if child.child_count:  # what is below it is no part of the error
                    yield from _ampersands(source, start, child.start_byte)
                    start = child.end_byte
            yield from _ampersands(source, start, node.end_byte)


def _ampersands(source: bytearray, start: int, end: int) -> Iterator[int]:
    return (found.start() for found in _AMPERSAND.finditer(source, start, end))


def _brackets(root: Node) -> Iterator[tuple[str, int]]:
    """The brackets of the code with their lines; those in texts, comments and literals are none."""
    for node in _nodes(root):
        if (node.type in _PAIRS or node.type in _CLOSING) and not node.is_missing:
            yield node.type, node.start_point.row + 1


def _nodes(root: Node) -> Iterator[Node]:
    """The root and all below it, however deep, as they stand in the text."""
    cursor, going = root.walk(), True
    while going:
        node = cursor.node
        assert node is not None  # noqa: S101  # a cursor always stands on a node
        yield node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                going = False
                break


def _unpaired(brackets: Iterable[tuple[str, int]]) -> Fault | None:
    opened: list[tuple[str, int]] = []
    for bracket, line in brackets:
        if opened and bracket == _PAIRS[opened[-1][0]]:
            opened.pop()
        elif bracket in _PAIRS:
            opened.append((bracket, line))
        elif opened:
            last, where = opened[-1]
            return Fault(line, f"{bracket!r} closes what is not open: {last!r} of line {where} is not closed")
        else:
            return Fault(line, f"{bracket!r} closes what was never opened")
    if opened:
        bracket, line = opened[-1]
        return Fault(line, f"{bracket!r} is never closed")
    return None


def _css_brackets(text: str) -> Iterator[tuple[str, int]]:
    line, position = 1, 0
    for found in _CSS.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        if found["bracket"]:
            yield found["bracket"], line
        elif found["comment"]:
            yield "/*", line
            return


def _fault_of_json(text: str) -> Fault | None:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        return Fault(error.lineno, error.msg)
    except RecursionError:
        return Fault(1, "it is nested too deeply")
    return None
