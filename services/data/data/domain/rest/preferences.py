"""Reads the headers that change an answer's form: `Prefer`, `Accept`, `Range`."""

import re
from dataclasses import dataclass
from enum import StrEnum

from data.domain.rest.errors import invalid_preferences, not_acceptable, not_satisfiable
from data.domain.rest.syntax import Window


class Form(StrEnum):
    """How an answer's body is written."""

    ARRAY = "application/json"
    OBJECT = "application/vnd.pgrst.object+json"
    STRIPPED_ARRAY = "application/vnd.pgrst.array+json;nulls=stripped"
    STRIPPED_OBJECT = "application/vnd.pgrst.object+json;nulls=stripped"
    CSV = "text/csv"
    OPENAPI = "application/openapi+json"

    @property
    def single(self) -> bool:
        return self in {Form.OBJECT, Form.STRIPPED_OBJECT}

    @property
    def stripped(self) -> bool:
        return self in {Form.STRIPPED_ARRAY, Form.STRIPPED_OBJECT}

    @property
    def content_type(self) -> str:
        kind, _, parameters = self.value.partition(";")
        return f"{kind}; {parameters + '; ' if parameters else ''}charset=utf-8"


_CHOICES = {
    "return": {"representation", "minimal", "headers-only"},
    "count": {"exact", "planned", "estimated"},
    "resolution": {"merge-duplicates", "ignore-duplicates"},
    "missing": {"default", "null"},
    "handling": {"strict", "lenient"},
    "tx": {"commit", "rollback"},
}
_NUMBER = re.compile(r"\d{1,18}")
_RANGE = re.compile(r"(?:items=)?(\d{1,18})-(\d{1,18})?")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `Prefer` asks for. Of two of one kind the first counts."""

    chosen: tuple[tuple[str, str], ...] = ()

    def _of(self, kind: str) -> str | None:
        return next((value for name, value in self.chosen if name == kind), None)

    @property
    def representation(self) -> str:
        return self._of("return") or "minimal"

    @property
    def count(self) -> str | None:
        return self._of("count")

    @property
    def resolution(self) -> str | None:
        return self._of("resolution")

    @property
    def missing_default(self) -> bool:
        return self._of("missing") == "default"

    @property
    def rollback(self) -> bool:
        return self._of("tx") == "rollback"

    @property
    def max_affected(self) -> int | None:
        """Counts only with `handling=strict`."""
        value = self._of("max-affected")
        return int(value) if value is not None and self._of("handling") == "strict" else None

    def applied(self) -> str | None:
        """The value of `Preference-Applied`."""
        applied = (
            f"{name}={value}"
            for name, value in self.chosen
            if name != "max-affected" or self.max_affected is not None
        )
        return ", ".join(applied) or None


def parse_prefer(headers: list[str]) -> Preferences:
    chosen: dict[str, str] = {}
    wrong: list[str] = []
    for part in ",".join(headers).split(","):
        word = part.strip()
        name, _, value = word.partition("=")
        if _is_choice(name, value):
            chosen.setdefault(name, value)
        elif word:
            wrong.append(word)
    if wrong and chosen.get("handling") == "strict":
        raise invalid_preferences(wrong[:10])
    return Preferences(tuple(chosen.items()))


def _is_choice(name: str, value: str) -> bool:
    if name == "max-affected":
        return _NUMBER.fullmatch(value) is not None
    return value in _CHOICES.get(name, ())


_ACCEPTED = {
    "*/*": Form.ARRAY,
    "application/*": Form.ARRAY,
    "application/json": Form.ARRAY,
    "application/vnd.pgrst.array": Form.ARRAY,
    "application/vnd.pgrst.array+json": Form.ARRAY,
    "application/vnd.pgrst.object": Form.OBJECT,
    "application/vnd.pgrst.object+json": Form.OBJECT,
    "text/csv": Form.CSV,
    "application/openapi+json": Form.OPENAPI,
}
_STRIPPED = {Form.ARRAY: Form.STRIPPED_ARRAY, Form.OBJECT: Form.STRIPPED_OBJECT}


def parse_accept(header: str | None) -> Form:
    """The first form that can be had; raises PGRST107 for none."""
    if header is None or not header.strip():
        return Form.ARRAY
    for value in header.split(","):
        kind, *parameters = (part.strip() for part in value.split(";"))
        form = _ACCEPTED.get(kind.lower())
        if form is None:
            continue
        vendor = kind.startswith("application/vnd.pgrst.")
        return _STRIPPED.get(form, form) if vendor and "nulls=stripped" in parameters else form
    raise not_acceptable(header)


def parse_range(header: str | None) -> Window:
    """What `Range: 0-9` asks for; other words are ignored as RFC 9110 says."""
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None:
        return Window()
    first, last = int(found[1]), int(found[2]) if found[2] is not None else None
    if last is not None and last < first:
        raise not_satisfiable(
            "The lower boundary must be lower than or equal to the upper boundary in the Range header."
        )
    return Window(None if last is None else last - first + 1, first)
