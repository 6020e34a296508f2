"""Answers a request for an app's name and logo by the same words from which the blueprint makes the app."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from dev.simulator.blueprint.create import title_of
from dev.simulator.conversation import Conversation
from dev.simulator.turn import Text, Turn

_COLOURS = ("#4052c9", "#0f766e", "#b4235a", "#7c3aed", "#b45309", "#15803d")
_SYMBOLS = (
    "<circle cx='32' cy='32' r='14'/>",
    "<path d='M20 18h24v28l-12-8-12 8z'/>",
    "<path d='M18 33l10 10 18-22' fill='none' stroke='#ffffff' stroke-width='6' stroke-linecap='round'/>",
    "<path d='M32 16l5 11 12 1-9 8 3 12-11-6-11 6 3-12-9-8 12-1z'/>",
)


def asks_for_a_name(body: Mapping[str, Any]) -> bool:
    """Whether the request's rules, in either vendor's place for them, ask for a name and a logo."""
    return "logo_svg" in json.dumps(body.get("system") or body.get("instructions") or "")


def name_and_logo(conversation: Conversation) -> Turn:
    """The title that the blueprint's app has, and a symbol in a colour that follow from it."""
    name = title_of(conversation.request)
    number = sha256(name.encode()).digest()[0]
    logo = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 64 64'>"
        f"<rect width='64' height='64' rx='14' fill='{_COLOURS[number % len(_COLOURS)]}'/>"
        f"<g fill='#ffffff'>{_SYMBOLS[number % len(_SYMBOLS)]}</g></svg>"
    )
    return Turn((Text(json.dumps({"name": name, "logo_svg": logo}, ensure_ascii=False)),))
