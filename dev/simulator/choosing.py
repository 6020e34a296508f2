"""Answers a request for a new app's template by the same words from which the blueprint makes the app."""

import json
from collections.abc import Mapping
from typing import Any

from dev.simulator.blueprint.kinds.choose import template_for
from dev.simulator.conversation import Conversation
from dev.simulator.turn import Text, Turn


def asks_for_a_template(body: Mapping[str, Any]) -> bool:
    """Whether the request's rules, in either vendor's place for them, ask for one of the templates listed."""
    return "<templates>" in json.dumps(body.get("system") or body.get("instructions") or "")


def template(conversation: Conversation) -> Turn:
    """The one that the blueprint can make this app of, if it is offered; else the one for all else."""
    default, *others = conversation.templates or ("",)
    wanted = template_for(conversation.request)
    return Turn((Text(json.dumps({"template": wanted if wanted in others else default})),))
