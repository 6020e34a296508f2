"""Putting a stream of the Responses API together: a block from each of its output items."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from orchestrator.clients.model.calls import StreamedCall, cut_input, tool_input
from orchestrator.clients.model.protocol import (
    BlockDone,
    BlockStarted,
    ModelEvent,
    TextDelta,
    TurnDone,
    TurnStarted,
)
from orchestrator.domain.turns import OPENAI, Block, Usage
from orchestrator.errors import ModelCut

_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STOPS = {"max_output_tokens": "max_tokens", "content_filter": "refusal"}
_PARAGRAPH = "\n\n"


@dataclass
class _Item:
    """An output item that is streaming in."""

    type: str
    call: StreamedCall
    call_id: str
    name: str
    text: list[str] = field(default_factory=list)


class ResponseAssembler:
    """Takes the vendor's events in order and answers each with what it means for the conversation loop."""

    def __init__(self) -> None:
        self._open: dict[int, _Item] = {}
        self._blocks = 0
        self._call_ids: set[str] = set()
        self._called_any = False
        self._refused = False
        self.started = False
        self.ended = False

    def take(self, event: dict[str, Any]) -> list[ModelEvent]:
        """Raises ModelCut when the vendor ends a turn with calls whose end it has not sent."""
        match event.get("type"):
            case "response.created":
                self.started = True
                return [TurnStarted(None, event["response"].get("id"))]
            case "response.output_item.added":
                self._open[event["output_index"]] = self._item(event["item"])
                return [BlockStarted()]
            case "response.output_item.done":
                return self._close(event["output_index"], event["item"])
            case "response.completed":
                return [self._complete(event["response"])]
            case "response.incomplete":
                return self._break_off(event["response"])
        return self._piece(event)

    def _piece(self, event: dict[str, Any]) -> list[ModelEvent]:
        match event.get("type"):
            case "response.output_text.delta":
                self._open[event["output_index"]].text.append(event["delta"])
                return [TextDelta(event["delta"])]
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return [TextDelta(event["delta"], kind="thinking")]
            case "response.reasoning_summary_part.added" if event.get("summary_index"):
                return [TextDelta(_PARAGRAPH, kind="thinking")]
            case "response.function_call_arguments.delta":
                return self._open[event["output_index"]].call.feed(event["delta"])
        return []

    def _item(self, item: dict[str, Any]) -> _Item:
        name = str(item.get("name"))
        return _Item(str(item["type"]), StreamedCall(name), self._call_id(item.get("call_id")), name)

    def _call_id(self, given: object) -> str:
        """The vendor's, if every vendor would take it back; local servers have some that none would."""
        usable = isinstance(given, str) and _CALL_ID.fullmatch(given) and given not in self._call_ids
        call_id = str(given) if usable else f"call_{uuid4().hex}"
        self._call_ids.add(call_id)
        return call_id

    def _close(self, index: int, item: dict[str, Any]) -> list[ModelEvent]:
        opened = self._open.pop(index, None) or self._item(item)
        match item["type"]:
            case "reasoning" if item.get("encrypted_content"):
                return [self._block(Block("thinking", {"type": "thinking", OPENAI: item}))]
            case "message":
                return self._message(item)
            case "function_call":
                raw = item.get("arguments") or opened.call.raw or "{}"
                whole = item.get("status") != "incomplete"
                return self._called(opened, tool_input(raw) if whole else cut_input(raw))
        return []  # a kind of item nobody asked for says nothing to the loop, nor does reasoning in the clear

    def _message(self, item: dict[str, Any]) -> list[ModelEvent]:
        parts = item.get("content") or []
        self._refused = self._refused or any(part.get("type") == "refusal" for part in parts)
        text = "".join(part["text"] for part in parts if part.get("type") == "output_text")
        # The vendor wants to have it back: a remark on the way, or the last word.
        phase = {OPENAI: {"phase": item["phase"]}} if item.get("phase") else {}
        return [self._block(Block("text", {"type": "text", "text": text, **phase}))] if text else []

    def _called(self, item: _Item, arguments: dict[str, Any]) -> list[ModelEvent]:
        self._called_any = True
        payload = {"type": "tool_use", "id": item.call_id, "name": item.name, "input": arguments}
        return [*item.call.begin(), self._block(Block("tool_use", payload))]

    def _block(self, block: Block) -> BlockDone:
        self._blocks += 1
        return BlockDone(self._blocks - 1, block)

    def _complete(self, response: dict[str, Any]) -> TurnDone:
        if any(item.type == "function_call" for item in self._open.values()):
            raise ModelCut("The model's answer ended in the middle of a call: it is not complete.")
        return self._end(response, "tool_use" if self._called_any else "end_turn")

    def _break_off(self, response: dict[str, Any]) -> list[ModelEvent]:
        """A limit of the vendor's has ended the turn; what is open then is not whole."""
        found: list[ModelEvent] = []
        for item in self._open.values():
            if item.type == "function_call":
                found += self._called(item, cut_input(item.call.raw))
            elif item.text:
                found.append(self._block(Block("text", {"type": "text", "text": "".join(item.text)})))
        reason = (response.get("incomplete_details") or {}).get("reason")
        return [*found, self._end(response, _STOPS.get(str(reason), str(reason or "incomplete")))]

    def _end(self, response: dict[str, Any], stop_reason: str) -> TurnDone:
        self.ended = True
        return TurnDone("refusal" if self._refused else stop_reason, _usage(response.get("usage")))


def _usage(counted: dict[str, Any] | None) -> Usage | None:
    """The vendor counts cached tokens as part of the input, and reasoning as part of the output."""
    if not counted:
        return None
    cached = counted.get("input_tokens_details") or {}
    read, written = int(cached.get("cached_tokens") or 0), int(cached.get("cache_write_tokens") or 0)
    reasoning = (counted.get("output_tokens_details") or {}).get("reasoning_tokens")
    return Usage(
        input_tokens=max(int(counted.get("input_tokens") or 0) - read - written, 0),
        output_tokens=int(counted.get("output_tokens") or 0),
        cache_read_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=int(reasoning or 0),
    )
