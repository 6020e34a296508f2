"""Parses a query string: what is selected, which rows, in which order, and a function's arguments."""

from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl

from data.domain.rest.errors import RestError, not_satisfiable
from data.domain.rest.filters import missing_operator, parse_operation, parse_tree
from data.domain.rest.scanner import MAX_DEPTH, Scanner
from data.domain.rest.select import parse_order, parse_select
from data.domain.rest.syntax import Field, Filter, Path, Query, Window

MAX_PARAMETERS = 1000

MAX_COLUMNS = 1600
"""Of a table, to PostgreSQL."""

_MODIFIERS = frozenset({"order", "limit", "offset", "and", "or"})
_LARGEST = 2**62


def parse_query(raw: str, *, arguments: bool = False) -> Query:
    """`raw` is the query string as it came. With `arguments` a parameter that is no filter is an argument."""
    query = Query()
    for key, value in _parameters(raw):
        if key == "apikey":
            continue
        whole = _WHOLE.get(key)
        if whole is not None:
            whole(query, value)
            continue
        operation = None if _is_modifier(key) else parse_operation(value)
        if arguments and operation is None and not _is_modifier(key):
            query.arguments.setdefault(key, []).append(value)
            continue
        _take(query, key, value)
    return query


def _parameters(raw: str) -> Iterable[tuple[str, str]]:
    try:
        found = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError as error:
        raise RestError(400, "PGRST100", "The query string is not UTF-8.") from error
    except ValueError as error:
        raise RestError(
            400, "PGRST100", f"The query string has more than {MAX_PARAMETERS} parameters."
        ) from error
    for key, value in found:
        if "\0" in key or "\0" in value:
            raise RestError(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00')
        yield key, value


def _is_modifier(key: str) -> bool:
    return key.rpartition(".")[2] in _MODIFIERS


def _take(query: Query, key: str, value: str) -> None:
    """Takes a parameter whose key may lead into an embedded resource: `tags.label`, `tags.order`."""
    scanner = Scanner("tree path", key)
    path: list[str] = []
    while True:
        word = scanner.field()
        if scanner.done():
            break
        scanner.expect(".")
        if word.path:
            raise scanner.fail("end of input")
        path.append(word.name)
        if len(path) > MAX_DEPTH:
            raise scanner.fail(f"no more than {MAX_DEPTH} levels")
    modify = _MODIFY.get(word.name) if _is_modifier(key) else None
    if modify is not None:
        modify(query, tuple(path), value)
    else:
        _filter(query, tuple(path), word, value)


def _filter(query: Query, path: Path, field: Field, value: str) -> None:
    operation = parse_operation(value)
    if operation is None:
        raise missing_operator(value)
    query.conditions.setdefault(path, []).append(Filter(field, operation))


def _tree(name: str) -> Callable[[Query, Path, str], None]:
    def take(query: Query, path: Path, value: str) -> None:
        negated = path[-1:] == ("not",)
        at = path[:-1] if negated else path
        query.conditions.setdefault(at, []).append(parse_tree(name, value, negated=negated))

    return take


def _order(query: Query, path: Path, value: str) -> None:
    query.orders[path] = parse_order(value)


def _limit(query: Query, path: Path, value: str) -> None:
    limit = _number("limit", value)
    if limit < 0:
        raise not_satisfiable("Limit should be greater than or equal to zero.")
    query.windows[path] = Window(limit, query.windows.get(path, Window()).offset)


def _offset(query: Query, path: Path, value: str) -> None:
    offset = max(0, _number("offset", value))
    query.windows[path] = Window(query.windows.get(path, Window()).limit, offset)


def _number(what: str, value: str) -> int:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < len(str(_LARGEST))):
        raise Scanner(what, value).fail("an integer")
    return int(value)


def _names(what: str, value: str) -> tuple[str, ...]:
    scanner = Scanner(what, value)
    if scanner.done():
        return ()
    names = [scanner.name()]
    while scanner.take(","):
        if len(names) >= MAX_COLUMNS:
            raise scanner.fail(f"no more than {MAX_COLUMNS} columns")
        names.append(scanner.name())
    scanner.end('"," or end of input')
    return tuple(dict.fromkeys(names))


def _select(query: Query, value: str) -> None:
    query.select = parse_select(value)


def _columns(query: Query, value: str) -> None:
    query.columns = _names("columns parameter", value)


def _on_conflict(query: Query, value: str) -> None:
    query.on_conflict = _names("on_conflict parameter", value)


_WHOLE: dict[str, Callable[[Query, str], None]] = {
    "select": _select,
    "columns": _columns,
    "on_conflict": _on_conflict,
}
_MODIFY: dict[str, Callable[[Query, Path, str], None]] = {
    "order": _order,
    "limit": _limit,
    "offset": _offset,
    "and": _tree("and"),
    "or": _tree("or"),
}
