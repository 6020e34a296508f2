"""Finding the position in an app's source that a position in its bundle was made from (ECMA-426)."""

import json
import posixpath
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.domain.looks import Spot

_DIGITS = {
    digit: value
    for value, digit in enumerate(string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/")
}
_CONTINUES, _BITS = 32, 5
_MAX_SHIFT = 30


@dataclass(frozen=True)
class Position:
    """In a file of the app; line and column from 1."""

    file: str
    line: int
    column: int


class SourceMaps:
    """The maps of a bundle, by the path of the built file; a map that is broken finds nothing.

    `source`: the app's files.
    """

    def __init__(self, maps: Mapping[str, bytes], source: Mapping[str, bytes]) -> None:
        self._maps = maps
        self.source = source
        self._parsed: dict[str, dict[str, Any]] = {}

    def locate(self, spots: tuple[Spot, ...]) -> Position | None:
        """The first of the stack's positions that is in the app's own code."""
        for spot in spots:
            if spot.path in self._maps and (position := self._find(spot)) is not None:
                return position
        return None

    def _find(self, spot: Spot) -> Position | None:
        if spot.path not in self._parsed:
            self._parsed[spot.path] = _parsed(self._maps[spot.path])
        parsed = self._parsed[spot.path]
        mappings, names = parsed.get("mappings"), parsed.get("sources")
        if not isinstance(mappings, str) or not isinstance(names, list):
            return None
        try:
            found = _original(mappings, spot)
        except (KeyError, IndexError, ValueError):
            return None
        if found is None or not 0 <= found[0] < len(names) or not isinstance(names[found[0]], str):
            return None
        file = posixpath.normpath(posixpath.join(posixpath.dirname(f"dist/{spot.path}"), names[found[0]]))
        return Position(file, found[1] + 1, found[2] + 1) if file in self.source else None


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _original(mappings: str, spot: Spot) -> tuple[int, int, int] | None:
    """Source, line and column, from 0, of the last segment that begins at or before the spot."""
    source = line = column = 0
    found: tuple[int, int, int] | None = None
    for number, group in enumerate(mappings.split(";"), start=1):
        generated = 0
        for segment in filter(None, group.split(",")):
            values = list(_numbers(segment))
            generated += values[0]
            if len(values) >= 4:
                source, line, column = source + values[1], line + values[2], column + values[3]
                if number == spot.line and generated <= spot.column - 1:
                    found = (source, line, column)
        if number == spot.line:
            return found
    return None


def _numbers(segment: str) -> Iterator[int]:
    value = shift = 0
    for digit in segment:
        bits = _DIGITS[digit]
        value += (bits & (_CONTINUES - 1)) << shift
        shift += _BITS
        if shift > _MAX_SHIFT + _BITS:
            raise ValueError("a number that is too long")
        if not bits & _CONTINUES:
            yield -(value >> 1) if value & 1 else value >> 1
            value = shift = 0
