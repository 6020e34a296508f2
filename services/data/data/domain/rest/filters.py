"""Parses filters: `eq.1`, `not.in.(a,b)`, `like(any).{a*,b*}`, and trees of them."""

import re

from data.domain.rest.scanner import Scanner
from data.domain.rest.syntax import Condition, Filter, Logic, Operation, Quantifier

COMPARISONS = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "cs": "@>",
    "cd": "<@",
    "ov": "&&",
    "sl": "<<",
    "sr": ">>",
    "nxr": "&<",
    "nxl": "&>",
    "adj": "-|-",
}
"""Whose right side is of the column's type."""

PATTERNS = {"like": "LIKE", "ilike": "ILIKE", "match": "~", "imatch": "~*"}
"""Whose right side is a text."""

SEARCHES = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}

STATES = {
    "null": "NULL",
    "not_null": "NOT NULL",
    "true": "TRUE",
    "false": "FALSE",
    "unknown": "UNKNOWN",
}
"""What `is` tests for."""

_QUANTIFIABLE = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", *PATTERNS})
_OPERATOR = re.compile(r"[a-z]+")
_LANGUAGE = re.compile(r"\(\w{1,63}\)")
_BARE = re.compile(r"[^,()]*")
_ARRAY = re.compile(r"\{[^{}]*\}")
_LISTED = re.compile(r"[^,)]*")
_EXPECTED = "operator (eq, gt, ...)"
_KNOWN = frozenset({"in", "is", "isdistinct", *COMPARISONS, *PATTERNS, *SEARCHES})


def parse_operation(text: str) -> Operation | None:
    """What a filter's value says; None where it does not begin with an operator."""
    scanner = Scanner("filter", text)
    if not _begins(text):
        return None
    operation = _operation(scanner, in_tree=False)
    scanner.end()
    return operation


def parse_tree(name: str, text: str, *, negated: bool) -> Logic:
    """A tree's value: `(a.eq.1,and(b.gt.2,c.lt.3))`."""
    scanner = Scanner("logic tree", text)
    tree = _tree(scanner, name == "or", negated=negated, depth=0)
    scanner.end()
    return tree


def missing_operator(text: str) -> Exception:
    return Scanner("filter", text).fail(f'"not" or {_EXPECTED}')


def _begins(text: str) -> bool:
    rest = text.removeprefix("not.")
    word = _OPERATOR.match(rest)
    return word is not None and word.group() in _KNOWN and rest[word.end() : word.end() + 1] in {".", "("}


def _tree(scanner: Scanner, any_of: bool, *, negated: bool, depth: int) -> Logic:
    depth = scanner.deeper(depth)
    scanner.expect("(")
    parts = [_part(scanner, depth)]
    while scanner.take(","):
        parts.append(_part(scanner, depth))
    scanner.expect(")")
    return Logic(any_of, tuple(parts), negated=negated)


def _part(scanner: Scanner, depth: int) -> Condition:
    while scanner.take(" "):
        pass
    for words, any_of, negated in (
        ("not.and", False, True),
        ("not.or", True, True),
        ("and", False, False),
        ("or", True, False),
    ):
        if scanner.sees(f"{words}("):
            scanner.take(words)
            return _tree(scanner, any_of, negated=negated, depth=depth)
    field = scanner.field()
    scanner.expect(".")
    return Filter(field, _operation(scanner, in_tree=True))


def _operation(scanner: Scanner, *, in_tree: bool) -> Operation:
    negated = scanner.take("not.")
    began = scanner.at
    operator = scanner.match(_OPERATOR) or ""
    if operator not in _KNOWN:
        scanner.at = began
        raise scanner.fail(_EXPECTED)
    quantifier = _quantifier(scanner) if operator in _QUANTIFIABLE else None
    language = None
    if operator in SEARCHES:
        language = (scanner.match(_LANGUAGE) or "")[1:-1] or None
    scanner.expect(".")
    if operator == "in":
        return Operation("in", "", negated=negated, values=_listed(scanner))
    value = _value(scanner) if in_tree else _rest(scanner)
    if operator == "is" and value.lower() not in STATES:
        raise scanner.fail("null, not_null, true, false or unknown")
    return Operation(operator, value, negated=negated, quantifier=quantifier, language=language)


def _quantifier(scanner: Scanner) -> Quantifier | None:
    for quantifier in Quantifier:
        if scanner.take(f"({quantifier})"):
            return quantifier
    return None


def _rest(scanner: Scanner) -> str:
    value = scanner.text[scanner.at :]
    scanner.at = len(scanner.text)
    return value


def _value(scanner: Scanner) -> str:
    if scanner.sees('"'):
        return scanner.quoted()
    if scanner.sees("{"):
        found = scanner.match(_ARRAY)
        if found is not None:
            return found
    return scanner.match(_BARE) or ""


def _listed(scanner: Scanner) -> tuple[str, ...]:
    scanner.expect("(")
    if scanner.take(")"):
        return ()
    values = [_element(scanner)]
    while scanner.take(","):
        values.append(_element(scanner))
    scanner.expect(")")
    return tuple(values)


def _element(scanner: Scanner) -> str:
    return scanner.quoted() if scanner.sees('"') else (scanner.match(_LISTED) or "")
