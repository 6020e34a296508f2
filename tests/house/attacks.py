"""Texts that make a backtracking pattern work hardest, derived from the pattern itself."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from re import _constants as op  # type: ignore[attr-defined]  # the standard library's own parser has no
from re import _parser as parser  # type: ignore[attr-defined]  # public name; a grammar of ours would lag it
from typing import Any

Node = tuple[Any, Any]

_VARIANTS = 6
_SPAN = 3
_ENDS = ("", "\0")


def attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginning, part to repeat, and end: whatever the pattern repeats, behind whatever leads there."""
    found: dict[tuple[str, str], None] = {}
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    for nodes in _paths(list(parser.parse(source, pattern.flags & ~re.DEBUG & ~re.UNICODE))):
        leads = ["", *_prefixes(nodes)]
        for start in range(len(nodes)):
            for end in range(start + 1, min(start + _SPAN, len(nodes)) + 1):
                part = "".join(_witness(node) for node in nodes[start:end])
                if part:
                    found.update({(lead, part): None for lead in ("", leads[start])})
    yield from ((lead, part, end) for lead, part in found for end in _ENDS)


def _prefixes(nodes: Sequence[Node]) -> list[str]:
    return ["".join(_witness(node) for node in nodes[:end]) for end in range(1, len(nodes))]


def _paths(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """The pattern without its groups and choices: a sequence of plain nodes a choice, words in one piece."""
    for flat in islice(_flat(nodes), _VARIANTS**2):
        path: list[Node] = []
        for kind, value in flat:
            text = chr(value) if kind is op.LITERAL else ""
            if text and path and path[-1][0] is op.LITERAL:
                path[-1] = (op.LITERAL, path[-1][1] + text)
            elif kind is not op.AT:
                path.append((kind, text or value))
        yield path


def _flat(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    if not nodes:
        yield []
        return
    kind, value = nodes[0]
    for rest in islice(_flat(nodes[1:]), _VARIANTS):
        if kind in {op.SUBPATTERN, op.ATOMIC_GROUP}:
            inner = list(value[-1] if kind is op.SUBPATTERN else value)
            yield from (head + rest for head in islice(_flat(inner), _VARIANTS))
        elif kind is op.BRANCH:
            for choice in value[1]:
                yield from (head + rest for head in islice(_flat(list(choice)), _VARIANTS))
        else:
            yield [nodes[0], *rest]


def _witness(node: Node) -> str:
    """A short text that the node matches; a repetition shows its body once."""
    kind, value = node
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        body = next(_flat(list(value[2])))
        return "".join(_witness(inner) for inner in body) * max(int(value[0]), 1)
    if kind is op.LITERAL:
        return value if isinstance(value, str) else chr(value)
    if kind is op.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is op.ANY:
        return "a"
    return _of_class(value) if kind is op.IN else ""


def _of_class(items: Sequence[Node]) -> str:
    text = "".join(_class_item(kind, value) for kind, value in items)
    pattern = re.compile(f"[{text}]")
    return next(char for char in chain(" a1-A./", map(chr, range(0x3000))) if pattern.match(char))


def _class_item(kind: Any, value: Any) -> str:
    if kind is op.NEGATE:
        return "^"
    if kind is op.LITERAL:
        return re.escape(chr(value))
    if kind is op.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    names = {"CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w", "CATEGORY_DIGIT": r"\d"}
    names |= {name.replace("CATEGORY_", "CATEGORY_NOT_"): text.upper() for name, text in names.items()}
    return names[str(value)]
