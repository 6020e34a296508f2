"""Tool calls while their arguments stream in, whoever the vendor is."""

import json
from typing import Any

from orchestrator.clients.model.protocol import FileProgress, ModelEvent, ToolStarted
from orchestrator.domain.partial import ArgumentsReader
from orchestrator.domain.turns import INVALID_JSON

_KEPT_OF_INVALID_JSON = 2_000


class StreamedCall:
    """A call of `tool` that is streaming in."""

    def __init__(self, tool: str) -> None:
        self._tool = tool
        self._pieces: list[str] = []
        self._reader = ArgumentsReader()
        self._told = False
        self._characters = 0

    @property
    def raw(self) -> str:
        """The arguments that have come so far."""
        return "".join(self._pieces)

    def feed(self, piece: str) -> list[ModelEvent]:
        """What the next piece of the arguments lets people know."""
        reader = self._reader
        self._pieces.append(piece)
        reader.feed(piece)
        found = self.begin() if reader.opened else []
        if reader.path is not None and reader.characters > self._characters:
            self._characters = reader.characters
            found.append(FileProgress(self._tool, reader.path, reader.lines, self._characters))
        return found

    def begin(self) -> list[ModelEvent]:
        """Says once that the call has begun."""
        if self._told:
            return []
        self._told = True
        return [ToolStarted(self._tool, self._reader.path)]


def tool_input(raw: str) -> dict[str, Any]:
    """The arguments of a tool call, strictly read: half an object is no object."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else cut_input(raw)


def cut_input(raw: str) -> dict[str, Any]:
    """Stands for arguments that are not whole."""
    return {INVALID_JSON: raw[:_KEPT_OF_INVALID_JSON]}
