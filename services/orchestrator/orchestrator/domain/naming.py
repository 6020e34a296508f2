"""Names for apps whose users gave none."""

import re

_LEADS = re.compile(
    r"^(please\s+)?((build|make|create|write|i want|i need|give me)\s+(me\s+)?)?(an?|the)?\s+", re.IGNORECASE
)
_ENDS = re.compile(r"[.:;,!?\n(]|\s(?:with|where|that|which|for|to|and)\s")
_LONGEST = 40


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
