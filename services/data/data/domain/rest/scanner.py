"""Walks over one parameter's text."""

import re

from data.domain.rest.errors import RestError, unparsable
from data.domain.rest.syntax import Field, Step

MAX_DEPTH = 24
"""So deep may lists, trees and embedded resources be nested; PostgreSQL would go further, people do not."""

_NAME = re.compile(r"[\w $]+(?:-(?!>)[\w $]+)*")
_INDEX = re.compile(r"-?\d{1,9}(?=$|->|::|[.,:)])")
_CAST = re.compile(r"[A-Za-z_][\w ]*(?:\(\d{1,4}(?:,\d{1,4})?\))?(?:\[\])*")


class Scanner:
    """A text and how far it was read. Whatever does not fit raises PGRST100."""

    def __init__(self, what: str, text: str) -> None:
        self.what = what
        self.text = text
        self.at = 0

    def done(self) -> bool:
        return self.at >= len(self.text)

    def fail(self, expected: str) -> RestError:
        return unparsable(self.what, self.text, self.at, expected)

    def sees(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        found = self.sees(token)
        if found:
            self.at += len(token)
        return found

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.fail(f'"{token}"')

    def match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def end(self, expected: str = "end of input") -> None:
        if not self.done():
            raise self.fail(expected)

    def deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            raise self.fail(f"no more than {MAX_DEPTH} levels")
        return depth + 1

    def name(self) -> str:
        """An identifier, in double quotes where it holds more than letters, digits, spaces, `_`, `$`, `-`."""
        if self.sees('"'):
            return self.quoted()
        found = (self.match(_NAME) or "").strip()
        if not found:
            raise self.fail("a field name (* or [a..z0..9_$])")
        return found

    def quoted(self) -> str:
        """A text in double quotes; a backslash takes the next character as it is."""
        self.expect('"')
        taken: list[str] = []
        while not self.take('"'):
            self.take("\\")
            if self.done():
                raise self.fail('"')
            taken.append(self.text[self.at])
            self.at += 1
        return "".join(taken)

    def field(self) -> Field:
        """A column, perhaps with a path into its document."""
        return Field(self.name(), self.path())

    def path(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        while self.take("->"):
            as_text = self.take(">")
            index = self.match(_INDEX)
            steps.append(Step(int(index) if index else self.name(), as_text))
            if len(steps) > MAX_DEPTH:
                raise self.fail(f"no more than {MAX_DEPTH} steps")
        return tuple(steps)

    def cast(self) -> str | None:
        """The type after `::`."""
        if not self.take("::"):
            return None
        found = (self.match(_CAST) or "").strip()
        if not found:
            raise self.fail("the name of a type")
        return found
