"""Putting a vendor's stream together: whole blocks from their pieces, and the turn's usage."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    FileProgress,
    ModelEvent,
    TextDelta,
    ToolStarted,
    TurnDone,
    TurnStarted,
)
from orchestrator.domain.partial import ArgumentsReader
from orchestrator.domain.turns import INVALID_JSON, Block, BlockKind, Usage
from orchestrator.errors import ModelCut

_KINDS: dict[str, BlockKind] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "tool_use",
}
_KEPT_OF_INVALID_JSON = 2_000


@dataclass
class _Arguments:
    """Of a call that is streaming in. `told`: whether its beginning was."""

    pieces: list[str] = field(default_factory=list)
    reader: ArgumentsReader = field(default_factory=ArgumentsReader)
    told: bool = False
    characters: int = 0

    def feed(self, tool: str, piece: str) -> list[ModelEvent]:
        """What the piece lets people know."""
        self.pieces.append(piece)
        self.reader.feed(piece)
        found = self.begin(tool) if self.reader.opened else []
        if self.reader.path is not None and self.reader.characters > self.characters:
            self.characters = self.reader.characters
            found.append(FileProgress(tool, self.reader.path, self.reader.lines, self.characters))
        return found

    def begin(self, tool: str) -> list[ModelEvent]:
        """Says once that the call has begun."""
        if self.told:
            return []
        self.told = True
        return [ToolStarted(tool, self.reader.path)]


class Assembler:
    """Takes the vendor's events in order and answers each with what it means for the conversation loop."""

    def __init__(self) -> None:
        self._open: dict[int, dict[str, Any]] = {}
        self._arguments: dict[int, _Arguments] = {}
        self._usage = Usage()
        self._stop_reason: str | None = None
        self.started = False
        self.ended = False

    def take(self, event: dict[str, Any]) -> list[ModelEvent]:
        """Raises ModelCut when the vendor ends a turn without saying why."""
        match event.get("type"):
            case "message_start":
                message = event["message"]
                self._count(message.get("usage") or {})
                self.started = True
                return [TurnStarted(self._usage, message.get("id"))]
            case "content_block_start":
                self._open[event["index"]] = dict(event["content_block"])
                self._arguments[event["index"]] = _Arguments()
                return [BlockStarted()]
            case "content_block_delta":
                return self._piece(event["index"], event["delta"])
            case "content_block_stop":
                return self._close(event["index"])
            case "message_delta":
                self._stop_reason = event["delta"].get("stop_reason") or self._stop_reason
                self._count(event.get("usage") or {})
            case "message_stop":
                return [self._end()]
        return []

    def _piece(self, index: int, delta: dict[str, Any]) -> list[ModelEvent]:
        payload = self._open[index]
        match delta["type"]:
            case "text_delta":
                payload["text"] = payload.get("text", "") + delta["text"]
                return [TextDelta(delta["text"])]
            case "thinking_delta":
                payload["thinking"] = payload.get("thinking", "") + delta["thinking"]
                return [TextDelta(delta["thinking"], kind="thinking")]
            case "signature_delta":
                payload["signature"] = delta["signature"]
            case "citations_delta":
                payload["citations"] = [*(payload.get("citations") or []), delta["citation"]]
            case "input_json_delta":
                return self._arguments[index].feed(str(payload.get("name")), delta["partial_json"])
        return []

    def _close(self, index: int) -> list[ModelEvent]:
        payload, arguments = self._open.pop(index), self._arguments.pop(index)
        kind = _KINDS.get(payload["type"])
        if kind is None:  # a kind of block nobody asked for says nothing to the loop
            return []
        found: list[ModelEvent] = []
        if kind == "tool_use":
            payload["input"] = _tool_input("".join(arguments.pieces), payload.get("input"))
            found = arguments.begin(str(payload.get("name")))
        return [*found, BlockDone(index, Block(kind, payload))]

    def _count(self, usage: dict[str, Any]) -> None:
        """The vendor's counts are totals so far; what a later event leaves out stays as it was."""
        names = {
            "input_tokens": "input_tokens",
            "output_tokens": "output_tokens",
            "cache_read_input_tokens": "cache_read_tokens",
            "cache_creation_input_tokens": "cache_write_tokens",
        }
        known = {ours: usage[theirs] for theirs, ours in names.items() if usage.get(theirs) is not None}
        self._usage = replace(self._usage, **known)

    def _end(self) -> TurnDone:
        if self._stop_reason is None:
            raise ModelCut("The model's answer ended without a reason: it is not complete.")
        self.ended = True
        return TurnDone(self._stop_reason, self._usage)


def _tool_input(raw: str, initial: Any) -> dict[str, Any]:
    """The arguments of a tool call, strictly read: half an object is no object."""
    if not raw.strip():
        return initial if isinstance(initial, dict) else {}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {INVALID_JSON: raw[:_KEPT_OF_INVALID_JSON]}
