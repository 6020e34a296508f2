"""What all kinds read out of a prompt: a name, a place, lists in brackets, money."""

import json
import re
from collections.abc import Sequence
from typing import Any

from dev.simulator.blueprint import words

_MARKER = re.compile(r"\[\[[^\]]*\]\]")
_END = re.compile(r"[:(.;,\n]|\s(?:with|where|including|which|showing|that)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"”\n]{2,40})[\"”]")
_CALLED = re.compile(
    r"\b(?:called|named)\s+(?P<name>\w[\w&'\u2019 -]{0,39}?)"
    r"(?=\s*(?:[.,:;!?(\n]|$|\s(?:in|with|that|which|where|and|for|to|is|has|at|on|by|of)\s))",
    re.IGNORECASE,
)
_CITY = re.compile(r"\b[Ii]n ((?:[A-ZÄÖÜ][\w'-]+)(?: [A-ZÄÖÜ][\w'-]+){0,2})")
_NO_CITIES = frozenset({"English", "German", "French", "Spanish", "Dark", "React", "Excel"})
_CURRENCIES = {r"€|\beuros?\b|\bEUR\b": "EUR", r"£|\bpounds?\b|\bGBP\b": "GBP", r"\bfrancs?\b|\bCHF\b": "CHF"}
_LONGEST_NAME = 40


def plain(request: str) -> str:
    """The prompt without the marks that are for the simulator."""
    return " ".join(_MARKER.sub(" ", request).split())


def head(request: str) -> str:
    """The words that say what is wanted, before any detail."""
    text = plain(request)
    end = _END.search(text)
    return text[: end.start()] if end else text


def name_of(request: str) -> str | None:
    text = plain(request)
    found = _QUOTED.search(text) or _CALLED.search(text)
    name = found.group(1).strip(" .,") if found else ""
    return name[:_LONGEST_NAME] if words.ascii_words(name) else None


def place_of(request: str) -> str:
    found = _CITY.search(plain(request))
    return found.group(1) if found and found.group(1).split()[0] not in _NO_CITIES else ""


def listed_after(request: str, names: str) -> tuple[str, ...]:
    """The items in brackets, or else behind a colon, that follow one of the words: "stages (Lead, Won)"."""
    text = plain(request)
    found = re.search(rf"\b(?:{names})\b[^.(:,]{{0,30}}\(([^)]+)\)", text, re.IGNORECASE) or re.search(
        rf"\b(?:{names}):\s*([^.;:()]+)(?:[.;]|$)", text, re.IGNORECASE
    )
    if not found:
        return ()
    parts = re.split(r",|/|;|\band\b|\bor\b|->|→", found.group(1))
    items = [part.strip(" .\"'“”") for part in parts]
    good = [
        words.capitalised(item) for item in items if words.ascii_words(item) and len(item) <= _LONGEST_NAME
    ]
    return tuple(dict.fromkeys(good)) if len(good) > 1 else ()


def currency_of(request: str) -> str:
    return next(
        (code for signs, code in _CURRENCIES.items() if re.search(signs, request, re.IGNORECASE)), "USD"
    )


def as_js(value: Any) -> str:
    """A literal for TypeScript: a list of objects with each of them on its own line."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], dict):
        lines = "".join(f"  {json.dumps(item, ensure_ascii=False)},\n" for item in value)
        return f"[\n{lines}]"
    return json.dumps(value, ensure_ascii=False)
