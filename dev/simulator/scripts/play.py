"""Plays a script's turn: fills in what earlier tool results say."""

import re
from collections.abc import Callable
from typing import Any

from dev.simulator.conversation import Conversation
from dev.simulator.scripts.model import Script, ScriptedCall, ScriptedTurn
from dev.simulator.turn import Block, Text, Thinking, ToolCall, Turn

_VALUE = re.compile(r"\{\{(rev|line|text):([^:}]+)(?::([^}]*))?\}\}")
_SIZED = re.compile(r"\{\{repeat:(\d+):([^}]*)\}\}")
UNKNOWN_REV = "00000000"


def play(script: Script, conversation: Conversation, blueprint: Callable[[Conversation], Turn]) -> Turn:
    """Which turn it is follows from the assistant turns seen, so a repeated request gets the same answer."""
    recovery = conversation.recovery
    section = script.section(_when(conversation), recovery.attempt if recovery else None)
    if section is None:
        return _from_blueprint(ScriptedTurn(blueprint=True), conversation, blueprint, script.name)
    if conversation.turn < len(section.turns):
        turn = section.turns[conversation.turn]
    elif section.then == "repeat":
        turn = section.turns[-1]
    else:
        turn = ScriptedTurn(blueprint=True)
    if turn.blueprint:
        return _from_blueprint(turn, conversation, blueprint, script.name)
    return _turn(_blocks(turn, conversation), turn, script.name)


def _when(conversation: Conversation) -> str:
    """The sort of section that goes on with the conversation."""
    if conversation.aside:
        return conversation.aside
    if conversation.recovery:
        return "error_recovery"
    if conversation.condensed:
        return "condensed"
    return "request" if conversation.answers is None else "answers"


def _from_blueprint(
    turn: ScriptedTurn, conversation: Conversation, blueprint: Callable[[Conversation], Turn], name: str
) -> Turn:
    return _turn(blueprint(conversation).blocks, turn, name)


def _turn(blocks: tuple[Block, ...], turn: ScriptedTurn, name: str) -> Turn:
    return Turn(
        blocks, turn.stop, turn.delay_ms, turn.tokens_per_second, unlimited=turn.unlimited, fault=turn.fault,
        source=name,
    )  # fmt: skip


def _blocks(turn: ScriptedTurn, conversation: Conversation) -> tuple[Block, ...]:
    if turn.empty:
        return ()
    blocks: list[Block] = [Thinking(turn.thinking)] if turn.thinking else []
    blocks += [Text(turn.text)] if turn.text else []
    blocks += [_call(call, conversation) for call in turn.calls]
    return tuple(blocks)


def _call(call: ScriptedCall, conversation: Conversation) -> ToolCall:
    return ToolCall(call.name, {k: _filled(v, conversation) for k, v in call.arguments.items()}, call.raw)


def _filled(value: Any, conversation: Conversation) -> Any:
    """Fills the holes that the README lists."""
    if isinstance(value, dict):
        return {key: _filled(item, conversation) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, conversation) for item in value]
    if not isinstance(value, str):
        return value
    value = value.replace("{{turn}}", str(conversation.turn + 1))
    value = value.replace("{{answers}}", conversation.answers or "")
    value = _SIZED.sub(lambda found: found.group(2) * int(found.group(1)), value)
    whole = _VALUE.fullmatch(value)
    if whole and whole.group(1) == "line":
        return int(_look_up(whole, conversation))
    return _VALUE.sub(lambda found: _look_up(found, conversation), value)


def _look_up(found: re.Match[str], conversation: Conversation) -> str:
    kind, path, detail = found.groups()
    if kind == "rev":
        return conversation.rev(path) or UNKNOWN_REV
    lines = conversation.lines(path) or []
    if kind == "line":
        return str(next((number for number, line in enumerate(lines, 1) if (detail or "") in line), 1))
    number = int(detail or 1)
    return lines[number - 1] if 0 < number <= len(lines) else ""
