"""Putting a vendor's stream together: whole blocks from their pieces, and the turn's usage."""

from dataclasses import replace
from typing import Any

from orchestrator.clients.model.calls import StreamedCall, tool_input
from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    ModelEvent,
    TextDelta,
    TurnDone,
    TurnStarted,
)
from orchestrator.domain.turns import Block, BlockKind, Usage
from orchestrator.errors import ModelCut

_KINDS: dict[str, BlockKind] = {
    "text": "text",
    "thinking": "thinking",
    "redacted_thinking": "thinking",
    "tool_use": "tool_use",
}


class BlockAssembler:
    """Takes the vendor's events in order and answers each with what it means for the conversation loop."""

    def __init__(self) -> None:
        self._open: dict[int, dict[str, Any]] = {}
        self._calls: dict[int, StreamedCall] = {}
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
                payload = self._open[event["index"]] = dict(event["content_block"])
                self._calls[event["index"]] = StreamedCall(str(payload.get("name")))
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
                return self._calls[index].feed(delta["partial_json"])
        return []

    def _close(self, index: int) -> list[ModelEvent]:
        payload, call = self._open.pop(index), self._calls.pop(index)
        kind = _KINDS.get(payload["type"])
        if kind is None:  # a kind of block nobody asked for says nothing to the loop
            return []
        found: list[ModelEvent] = []
        if kind == "tool_use":
            initial = payload.get("input")
            empty = initial if isinstance(initial, dict) else {}
            payload["input"] = tool_input(call.raw) if call.raw.strip() else empty
            found = call.begin()
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
        parts = {
            "cache_write_1h_tokens": (usage.get("cache_creation") or {}).get("ephemeral_1h_input_tokens"),
            "reasoning_tokens": (usage.get("output_tokens_details") or {}).get("thinking_tokens"),
        }
        known |= {ours: count for ours, count in parts.items() if count is not None}
        self._usage = replace(self._usage, **known)

    def _end(self) -> TurnDone:
        if self._stop_reason is None:
            raise ModelCut("The model's answer ended without a reason: it is not complete.")
        self.ended = True
        return TurnDone(self._stop_reason, self._usage)
