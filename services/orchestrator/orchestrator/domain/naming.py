"""Names for apps whose users gave none, and titles for versions."""

import re
import unicodedata

_LEADS = re.compile(
    r"^(please\s+)?((build|make|create|write|i want|i need|give me)\s+(me\s+)?)?(an?|the)?\s+", re.IGNORECASE
)
_ENDS = re.compile(r"[.:;,!?\n(]|\s(?:with|where|that|which|for|to|and)\s")
_LONGEST = 40
_LONGEST_TITLE = 72
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")


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
    words = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in sentence).split()
    title = " ".join(words)
    if len(title) > _LONGEST_TITLE:
        title = title[: _LONGEST_TITLE - 1].rpartition(" ")[0] or title[: _LONGEST_TITLE - 1]
        return f"{title.rstrip(' ,;:-')}…"
    return title.removesuffix(".")
