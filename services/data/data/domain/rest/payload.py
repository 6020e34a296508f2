"""Reads a request's body into the text of one JSON array of objects, and the columns it speaks of."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from data.domain.rest.errors import RestError, invalid_body
from data.domain.rest.query import MAX_COLUMNS, MAX_PARAMETERS

JSON = "application/json"
CSV = "text/csv"
FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"
BYTES = "application/octet-stream"

_DEEPEST = 400
"""A document nested deeper is refused here, and not by PostgreSQL's or Python's stack."""

_MAX_ARGUMENTS = 100
"""Of a function, to PostgreSQL."""

_MOST_VALUES = 200_000
"""Of one body: Python's parsers let nothing else run while they read one."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`rows` is the text of a JSON array; `keys` are those of its objects, in the order they first stand."""

    rows: str
    keys: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function's arguments: `text` is a JSON object, or the whole body where `keys` is None."""

    text: str
    keys: tuple[str, ...] | None


def media_type(content_type: str | None) -> str:
    return (content_type or JSON).partition(";")[0].strip().lower()


def parse_payload(content_type: str | None, body: bytes, *, columns: tuple[str, ...] | None) -> Payload:
    """Of an insert or update. Without `columns` all objects must have the same keys."""
    kind = media_type(content_type)
    text = _text(body)
    if kind == JSON or kind.endswith("+json"):
        return _rows(text, _json(text), columns)
    if kind == CSV:
        rows = _csv(text)
    elif kind == FORM:
        rows = [_form(text)]
    else:
        raise _unsupported(kind)
    return _rows(json.dumps(rows), rows, columns)


def parse_call(content_type: str | None, body: bytes) -> Call:
    """Of a function."""
    kind = media_type(content_type)
    if kind == BYTES:
        return Call(f"\\x{body.hex()}", None)
    text = _text(body)
    if kind == TEXT:
        return Call(text, None)
    if kind == FORM:
        form = _form(text)
        return Call(json.dumps(form), _arguments(form))
    if kind != JSON and not kind.endswith("+json"):
        raise _unsupported(kind)
    if not text.strip():
        return Call("{}", ())
    value = _json(text)
    return Call(text, _arguments(value)) if isinstance(value, dict) else Call(text, None)


def _arguments(given: Mapping[str, Any]) -> tuple[str, ...]:
    # One more than a function can take is as good as all: they are the arguments of none.
    return tuple(islice(given, _MAX_ARGUMENTS + 1))


def _rows(text: str, value: Any, columns: tuple[str, ...] | None) -> Payload:
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise invalid_body("The body has to be a JSON object or an array of them.")
    array = text if isinstance(value, list) else f"[{text}]"
    if columns is not None:
        return Payload(array, columns, len(rows))
    keys = tuple(rows[0]) if rows else ()
    if len(keys) > MAX_COLUMNS:
        raise _too_many_keys()
    wanted = set(keys)
    if any(row.keys() != wanted for row in rows):
        raise invalid_body("All object keys must match")
    return Payload(array, keys, len(rows))


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise invalid_body("The body is not UTF-8.") from error
    if "\0" in text:
        raise invalid_body("The body holds a NUL byte.")
    return text


def _json(text: str) -> Any:
    if not text.strip():
        raise invalid_body("Empty or invalid json")
    _bounded(text, ":")
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise invalid_body("Empty or invalid json") from error
    if _deeper(value, _DEEPEST):
        raise invalid_body(f"The body is nested deeper than {_DEEPEST} levels.")
    return value


def _bounded(text: str, separator: str) -> None:
    if text.count(",") + text.count(separator) > _MOST_VALUES:
        raise RestError(
            413,
            "PGRST102",
            f"The body holds more than {_MOST_VALUES} values",
            details="Every comma, and every colon of JSON or line of CSV, counts as one.",
            hint="Send the rows in several requests.",
        )


def _too_many_keys() -> RestError:
    return invalid_body(f"A row has more than {MAX_COLUMNS} columns, which no table can have.")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _deeper(value: Any, levels: int) -> bool:
    layer = [value]
    while layer and levels:
        layer = [inner for outer in layer for inner in _inner(outer)]
        levels -= 1
    return bool(layer)


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _csv(text: str) -> list[Mapping[str, str | None]]:
    """With a header; the word NULL is null."""
    _bounded(text, "\n")
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(reader, [])
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise invalid_body(f"The CSV cannot be read: {error}") from error
    if len(header) > MAX_COLUMNS:
        raise _too_many_keys()
    if any(len(row) != len(header) for row in rows):
        raise invalid_body("All lines must have same number of fields")
    return [
        {name: None if value == "NULL" else value for name, value in zip(header, row, strict=True)}
        for row in rows
    ]


def _form(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS))
    except ValueError as error:
        raise invalid_body("The form cannot be read.") from error


def _unsupported(kind: str) -> RestError:
    return RestError(415, "PGRST102", f"Content-Type not acceptable: {kind[:100]}")
