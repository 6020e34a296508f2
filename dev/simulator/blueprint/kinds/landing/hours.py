"""Opening hours as people write them: "Tue-Sat 7-14", "Monday to Friday 8:30am - 6pm"."""

import re
from collections.abc import Sequence
from typing import Any

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?"
_UNTIL = r"\s*(?:-|\u2013|\u2014|to|until|till)\s*"
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap]m)?"
_SPAN = re.compile(rf"\b{_DAY}(?:{_UNTIL}{_DAY})?[,:]?\s*(?:from\s+)?{_TIME}{_UNTIL}{_TIME}", re.IGNORECASE)
_DAY_MINUTES = 24 * 60

Span = tuple[int, int] | None


def hours_in(text: str) -> dict[int, Span]:
    """By the day's number from Monday on; in minutes. Empty when the words name no hours."""
    found: dict[int, Span] = {}
    for match in _SPAN.finditer(text):
        first, last, *times = match.groups()
        start, end = (
            _minutes(times[0], times[1], times[2] or ""),
            _minutes(times[3], times[4], times[5] or ""),
        )
        if not start < end <= _DAY_MINUTES:
            continue
        begin = _number(first)
        length = (_number(last) - begin) % 7 if last else 0
        for step in range(length + 1):
            found[(begin + step) % 7] = (start, end)
    return found


def week(named: dict[int, Span], usual: Sequence[tuple[int, int] | None]) -> list[dict[str, Any]]:
    """As src/data/site.ts has it: the named hours, where there are any, else the usual ones (whole hours)."""
    rest = [None if day is None else (day[0] * 60, day[1] * 60) for day in usual]
    spans = [named.get(number) for number in range(7)] if named else rest
    return [
        {
            "day": (number + 1) % 7,
            "name": name,
            "open": None if span is None else {"from": span[0], "to": span[1]},
        }
        for number, (name, span) in enumerate(zip(_DAYS, spans, strict=True))
    ]


def _number(day: str) -> int:
    return [name[:3].lower() for name in _DAYS].index(day[:3].lower())


def _minutes(hour: str, minute: str | None, half: str) -> int:
    hours = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
    return hours * 60 + int(minute or 0)
