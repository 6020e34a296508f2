"""What can be told of a tool call while its arguments are still streaming in."""

import json
import re
from collections.abc import Callable

_STRUCTURE = re.compile(r'["{}\[\]:]')
_PLAIN = re.compile(r'[^"\\]*')
_CONTENT = frozenset({"content", "replace"})
_LONGEST = 1_000
_HEX_DIGITS = 4


class ArgumentsReader:
    """Reads the JSON of a tool's arguments piece by piece, each character once; what is no JSON does no harm.

    `path` is the file the call is about, once it is known; `opened` whether it is, or whether the arguments
    begin with something else. `characters` and `lines` count the text for the file that has come so far.
    """

    def __init__(self) -> None:
        self.path: str | None = None
        self.opened = False
        self.characters = 0
        self._lines = 0
        self._line_begun = False
        self._depth = 0
        self._key = ""
        self._after_colon = False
        self._kept: list[str] = []
        self._kept_characters = 0
        self._hex_digits = 0
        self._state: Callable[[str, int], int] = self._between

    @property
    def lines(self) -> int:
        return self._lines + self._line_begun

    def feed(self, piece: str) -> None:
        """Takes in the next piece."""
        at = 0
        while at < len(piece):
            at = self._state(piece, at)

    def _between(self, piece: str, at: int) -> int:
        """Outside of strings, up to and including the next sign that counts."""
        found = _STRUCTURE.search(piece, at)
        if found is None:
            return len(piece)
        match found[0]:
            case '"':
                self._kept, self._kept_characters = [], 0
                self._state = self._in_string
            case ":":
                self._after_colon = True
                self.opened = self.opened or (self._depth == 1 and self._key != "path")
            case "{" | "[":
                self._depth += 1
                self._after_colon = False
            case _:
                self._depth -= 1
        return found.end()

    def _in_string(self, piece: str, at: int) -> int:
        """Up to the string's end or its next escape."""
        end = _PLAIN.match(piece, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too
        if end > at:
            self._take(piece[at:end])
        if end == len(piece):
            return end
        if piece[end] == '"':
            self._end_string()
            self._state = self._between
        else:
            self._state = self._in_escape
        return end + 1

    def _in_escape(self, piece: str, at: int) -> int:
        sign = piece[at]
        self._keep("\\" + sign)
        self._count("\n" if sign == "n" else "x")
        self._hex_digits = _HEX_DIGITS if sign == "u" else 0
        self._state = self._in_hex if sign == "u" else self._in_string
        return at + 1

    def _in_hex(self, piece: str, at: int) -> int:
        self._keep(piece[at])
        self._hex_digits -= 1
        if self._hex_digits == 0:
            self._state = self._in_string
        return at + 1

    def _take(self, text: str) -> None:
        self._keep(text)
        self._count(text)

    def _keep(self, raw: str) -> None:
        """A key or the path as it is written; what is too long for either is not kept."""
        if self._kept_characters <= _LONGEST:
            self._kept.append(raw[: _LONGEST + 1])
            self._kept_characters += len(raw)

    def _count(self, text: str) -> None:
        if self._after_colon and self._key in _CONTENT:
            self.characters += len(text)
            self._lines += text.count("\n")
            self._line_begun = not text.endswith("\n")

    def _end_string(self) -> None:
        if not self._after_colon:
            self._key = self._read_kept()
            return
        self._after_colon = False
        if self._key == "path" and self._depth == 1 and self.path is None:
            self.path = self._read_kept() or None
            self.opened = True
        if self._key in _CONTENT:
            self._lines, self._line_begun = self.lines, False

    def _read_kept(self) -> str:
        if self._kept_characters > _LONGEST:
            return ""
        try:
            return str(json.loads('"' + "".join(self._kept) + '"', strict=False))
        except ValueError:
            return ""
