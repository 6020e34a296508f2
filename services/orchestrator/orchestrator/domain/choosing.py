"""Which template a new app begins with: what a model is asked about it, and what its answer means."""

import json
from collections.abc import Collection, Mapping

from orchestrator.domain.sections import material, section

MOST_OFFERED = 50
_LONGEST_DESCRIPTION = 300
_LONGEST_REQUEST = 4_000


def choice_request(prompt: str, offered: Mapping[str, str], default: str) -> str:
    """What a model is asked; the system prompt is `prompt.CHOICE_PROMPT`.

    `offered`: the descriptions of the templates by their names; `default`: which of them is for all else.
    """
    lines = [f"{name}: {_line(description)}" for name, description in offered.items()]
    templates = section("templates", material("\n".join(lines)), default=default)
    return f"{templates}\n{section('request', material(prompt[:_LONGEST_REQUEST]))}"


def choice_in(answer: str, offered: Collection[str]) -> str | None:
    """The template that a model's answer names, if it is one of those `offered`."""
    try:
        found, _ = json.JSONDecoder().raw_decode(answer, answer.index("{"))
    except (ValueError, RecursionError):
        return None
    chosen = found.get("template")
    return chosen if isinstance(chosen, str) and chosen in offered else None


def _line(description: str) -> str:
    return " ".join(description[:_LONGEST_DESCRIPTION].split())
