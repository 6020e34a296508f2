"""Names for apps whose users gave none, and titles for versions."""

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.domain.logo import LogoRefusedError, drawing
from orchestrator.domain.sections import material, section

_LEADS = re.compile(
    r"^(please\s+)?((build|make|create|write|i want|i need|give me)\s+(me\s+)?)?(an?|the)?\s+", re.IGNORECASE
)
_ENDS = re.compile(r"[.:;,!?\n(]|\s(?:with|where|that|which|for|to|and)\s")
_LONGEST = 40
_LONGEST_TITLE = 72
_LONGEST_REQUEST = 4_000
_NO_NAME = frozenset("<>{}[]\\")
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")


class NamedBy(StrEnum):
    """Who an app has its name from; a person's is never changed by others."""

    PERSON = "person"
    PROMPT = "prompt"
    MODEL = "model"


@dataclass(frozen=True)
class Suggestion:
    """What a model's answer has of what it was asked for."""

    name: str | None = None
    logo: str | None = None


def name_from_prompt(prompt: str) -> str:
    """The first words of the prompt that say what the app is."""
    text = _LEADS.sub("", " " + prompt.strip() if prompt[:1].isspace() else prompt.strip(), count=1)
    words = _ENDS.split(text.strip(), maxsplit=1)[0].split()
    name = ""
    for word in words:
        if len(name) + len(word) >= _LONGEST:
            break
        name = f"{name} {word}".strip()
    return (name[:1].upper() + name[1:]) or "New app"


def title_from(text: str) -> str:
    """A version's title from words about it: their first sentence on one line, cut at a word if too long."""
    sentence = _SENTENCE.split(text.strip(), maxsplit=1)[0]
    title = _one_line(sentence)
    if len(title) > _LONGEST_TITLE:
        title = title[: _LONGEST_TITLE - 1].rpartition(" ")[0] or title[: _LONGEST_TITLE - 1]
        return f"{title.rstrip(' ,;:-')}…"
    return title.removesuffix(".")


def naming_request(prompt: str) -> str:
    """What a model is asked; the system prompt is `prompt.NAMING_PROMPT`."""
    return section("request", material(prompt[:_LONGEST_REQUEST]))


def suggestion_in(answer: str) -> Suggestion:
    """The name and the logo in a model's answer, each only when it can be used as it is."""
    try:
        found, _ = json.JSONDecoder().raw_decode(answer, answer.index("{"))
    except (ValueError, RecursionError):
        return Suggestion()
    return Suggestion(_name(found.get("name")), _logo(found.get("logo_svg")))


def name_note(name: str) -> str:
    """Tells the model that writes the app which name it has by now."""
    return section("app_name", f"{material(name)}\nThis is the app's name: set APP_NAME to it.")


def is_name_note(text: str) -> bool:
    """Whether a text placed after tool results begins with such a note."""
    return text.startswith("<app_name>")


def _name(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    name = _one_line(value).strip("\"'`\u201c\u201d\u201e")
    usable = len(name) <= _LONGEST and any(map(str.isalnum, name)) and not set(name) & _NO_NAME
    return name if usable else None


def _logo(value: object) -> str | None:
    try:
        return drawing(value) if isinstance(value, str) else None
    except LogoRefusedError:
        return None


def _one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text).split())
