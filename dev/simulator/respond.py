"""Chooses who answers: a script when the prompt has a marker, else the blueprint."""

from dataclasses import replace
from pathlib import Path

from dev.simulator.blueprint.engine import next_turn
from dev.simulator.choosing import asks_for_a_template, template
from dev.simulator.conversation import read_conversation
from dev.simulator.naming import asks_for_a_name, name_and_logo
from dev.simulator.scripts.library import Library
from dev.simulator.scripts.model import ScriptError
from dev.simulator.scripts.play import play
from dev.simulator.turn import Text, Turn
from dev.simulator.wire.errors import invalid
from dev.simulator.wire.prompt import Prompt

_ASIDES = {"naming": (asks_for_a_name, name_and_logo), "choosing": (asks_for_a_template, template)}
"""Requests that are no part of a conversation about files: how each is known, and what answers it."""


class Responder:
    def __init__(self, scripts: Path | None = None) -> None:
        self._library = Library(scripts)

    def turn(self, prompt: Prompt) -> Turn:
        """The next assistant turn; ApiError when the prompt's marker names no usable script."""
        conversation = read_conversation(prompt.messages)
        conversation.aside = next((name for name, (asks, _) in _ASIDES.items() if asks(prompt.body)), "")
        rules = _ASIDES[conversation.aside][1] if conversation.aside else next_turn
        try:
            script = self._library.named_in(f"{conversation.request}\n{conversation.upgrade}")
        except KeyError as error:
            known = ", ".join(self._library.names())
            raise invalid(f"The simulator has no script {error.args[0]!r}; it has: {known}") from error
        except ScriptError as error:
            raise invalid(f"The simulator cannot use the script: {error}") from error
        if script is not None:
            turn = play(script, conversation, rules)
            return replace(turn, context_tokens=script.context_tokens)
        if not prompt.has_tools and not conversation.aside:
            return Turn((Text(_without_tools(conversation.request)),))
        return rules(conversation)


def _without_tools(request: str) -> str:
    first = " ".join(request.split())[:80]
    return f"I am the local model simulator. Without tools I can only repeat what was asked: {first}"
