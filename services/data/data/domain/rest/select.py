"""Parses `select` and `order`."""

import re

from data.domain.rest.errors import RestError
from data.domain.rest.scanner import Scanner
from data.domain.rest.syntax import Aggregate, Column, Embed, Everything, Item, Order

MAX_ITEMS = 200
"""Selected in one request, over all levels: each repeats what is stored once."""

_AGGREGATE = re.compile(r"\.(avg|count|max|min|sum)\(\)")
_WORD = re.compile(r"[a-z]+")
_DIRECTIONS = {"asc": False, "desc": True}
_NULLS = {"nullsfirst": True, "nullslast": False}


def parse_select(text: str) -> tuple[Item, ...]:
    scanner = Scanner("select parameter", text)
    items = _items(scanner, 0)
    scanner.end('"," or end of input')
    if _count(items) > MAX_ITEMS:
        raise RestError(
            400,
            "PGRST100",
            f"The select parameter names more than {MAX_ITEMS} columns and embedded resources.",
            hint="Select fewer, or all columns of a table by *.",
        )
    return items


def _count(items: tuple[Item, ...]) -> int:
    return sum(1 + _count(item.items) if isinstance(item, Embed) else 1 for item in items)


def parse_order(text: str) -> tuple[Order, ...]:
    scanner = Scanner("order", text)
    if scanner.done():
        return ()
    terms = [_term(scanner)]
    while scanner.take(","):
        terms.append(_term(scanner))
    scanner.end('"," or end of input')
    return tuple(terms)


def _items(scanner: Scanner, depth: int) -> tuple[Item, ...]:
    depth = scanner.deeper(depth)
    if scanner.done() or scanner.sees(")"):
        return ()
    items = [_item(scanner, depth)]
    while scanner.take(","):
        items.append(_item(scanner, depth))
    return tuple(items)


def _item(scanner: Scanner, depth: int) -> Item:
    _skip_spaces(scanner)
    if scanner.take("..."):
        return _embed(scanner, depth, _alias(scanner), spread=True)
    if scanner.take("*"):
        return Everything()
    alias = _alias(scanner)
    if alias is None and scanner.take("count()"):
        return _of_rows(scanner, None)
    if alias is not None and scanner.take("count()"):
        return _of_rows(scanner, alias)
    return _column_or_embed(scanner, depth, alias)


def _skip_spaces(scanner: Scanner) -> None:
    while scanner.sees(" ") or scanner.sees("\n"):
        scanner.at += 1


def _of_rows(scanner: Scanner, alias: str | None) -> Column:
    return Column(None, alias=alias, aggregate=Aggregate.COUNT, aggregate_cast=scanner.cast())


def _alias(scanner: Scanner) -> str | None:
    """The name before a single colon, if there is one."""
    began = scanner.at
    if scanner.sees("*") or scanner.done():
        return None
    name = scanner.name()
    if scanner.sees(":") and not scanner.sees("::"):
        scanner.take(":")
        _skip_spaces(scanner)
        return name
    scanner.at = began
    return None


def _column_or_embed(scanner: Scanner, depth: int, alias: str | None) -> Item:
    began = scanner.at
    field = scanner.field()
    if not field.path and (scanner.sees("(") or scanner.sees("!")):
        scanner.at = began
        return _embed(scanner, depth, alias, spread=False)
    cast = scanner.cast()
    found = scanner.match(_AGGREGATE)
    if found is None:
        return Column(field, alias=alias, cast=cast)
    aggregate = Aggregate(found[1:-2])
    return Column(field, alias=alias, cast=cast, aggregate=aggregate, aggregate_cast=scanner.cast())


def _embed(scanner: Scanner, depth: int, alias: str | None, *, spread: bool) -> Embed:
    name, hint, inner = scanner.name(), None, False
    while scanner.take("!"):
        word = scanner.name()
        if word in {"inner", "left"}:
            inner = word == "inner"
        elif hint is None:
            hint = word
        else:
            raise scanner.fail('"("')
    scanner.expect("(")
    items = _items(scanner, depth)
    scanner.expect(")")
    return Embed(name, items, alias=alias, hint=hint, inner=inner, spread=spread)


def _term(scanner: Scanner) -> Order:
    _skip_spaces(scanner)
    field, relation = scanner.field(), None
    if not field.path and scanner.take("("):
        relation = field.name
        field = scanner.field()
        scanner.expect(")")
    descending, nulls_first, expected = False, None, {**_DIRECTIONS, **_NULLS}
    while scanner.take("."):
        word = scanner.match(_WORD) or ""
        if word not in expected:
            raise scanner.fail('"asc", "desc", "nullsfirst" or "nullslast"')
        if word in _DIRECTIONS:
            descending, expected = _DIRECTIONS[word], dict(_NULLS)
        else:
            nulls_first, expected = _NULLS[word], {}
    return Order(field, relation=relation, descending=descending, nulls_first=nulls_first)
