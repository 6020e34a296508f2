"""Renders an answer as a Response or as the events of its stream."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from dev.simulator.turn import Block, Text, Thinking, ToolCall
from dev.simulator.wire.answer import CONTEXT_FULL, Answer, pieces, text_of
from dev.simulator.wire.openai.identity import Ids, seal
from dev.simulator.wire.stream import Frame, Frames, frame

_INCOMPLETE = {
    "max_tokens": "max_output_tokens",
    CONTEXT_FULL: "max_output_tokens",
    "refusal": "content_filter",
}
_ENCRYPTED = "reasoning.encrypted_content"
_MESSAGE = "message"
_ECHOED: dict[str, Any] = {
    "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "previous_response_id": None, "prompt_cache_key": None,
    "safety_identifier": None, "store": True, "temperature": 1.0, "text": {"format": {"type": "text"}},
    "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled",
    "user": None,
}  # fmt: skip


def counts(answer: Answer) -> dict[str, Any]:
    usage = answer.usage
    return {
        "input_tokens": usage.whole,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.written},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": answer.thinking_tokens},
        "total_tokens": usage.whole + answer.output_tokens,
    }


def response(answer: Answer) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    rendering = _Rendering(answer)
    items = [rendering.item(index, block) for index, block in enumerate(answer.blocks)]
    return rendering.response(_status(answer), items)


def frames(answer: Answer) -> Frames:
    """The events of the stream, numbered in order."""
    rendering = _Rendering(answer)
    begun = rendering.response("in_progress", [])
    found = [rendering.frame(f"response.{name}", response=begun) for name in ("created", "in_progress")]
    bounds, items = [], []
    for index, block in enumerate(answer.blocks):
        item = rendering.item(index, block)
        found += rendering.events(index, block, item)
        items.append(item)
        bounds.append(len(found))
    status = _status(answer)
    found.append(rendering.frame(f"response.{status}", response=rendering.response(status, items)))
    return Frames(found, bounds, opening=2)


def failed(answer: Answer, code: str, message: str, number: int) -> Frame:
    """The end of an answer that came to nothing."""
    told = _Rendering(answer).response("failed", []) | {"error": {"code": code, "message": message}}
    return frame("response.failed", {"type": "response.failed", "response": told, "sequence_number": number})


def _status(answer: Answer) -> str:
    return "incomplete" if answer.stop_reason in _INCOMPLETE else "completed"


@dataclass
class _Rendering:
    """One answer with its ids and the numbers of its events."""

    answer: Answer
    response_id: str = field(default_factory=lambda: f"resp_{secrets.token_hex(24)}")
    created: int = field(default_factory=lambda: int(time.time()))
    ids: Ids = field(default_factory=Ids)
    numbers: Iterator[int] = field(default_factory=count)

    def frame(self, event: str, **data: Any) -> Frame:
        numbered = {"type": event, **data, "sequence_number": next(self.numbers)}
        return frame(event, numbered, delta=event.endswith(".delta"))

    def response(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        body = self.answer.prompt.body
        reason = _INCOMPLETE.get(self.answer.stop_reason) if status == "incomplete" else None
        ended = status in {"completed", "incomplete"}
        reasoning = body.get("reasoning") or {}
        return {
            **{name: body.get(name, default) for name, default in _ECHOED.items()},
            "id": self.response_id,
            "object": "response",
            "created_at": self.created,
            "completed_at": int(time.time()) if status == "completed" else None,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "model": self.answer.prompt.model,
            "output": output,
            "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
            "service_tier": "default",
            "usage": counts(self.answer) if ended else None,
        }

    def item(self, index: int, block: Block) -> dict[str, Any]:
        """The whole output item; only the last one can be incomplete."""
        cut = self.answer.cut and index == len(self.answer.blocks) - 1
        status = "incomplete" if cut else "completed"
        if isinstance(block, Thinking):
            return self._reasoning(index, block)
        if isinstance(block, ToolCall):
            return {
                "id": self.ids.of("fc", index),
                "type": "function_call",
                "status": status,
                "arguments": text_of(block),
                "call_id": f"call_{secrets.token_hex(12)}",
                "name": block.name,
            }
        return {
            "id": self.ids.of("msg", index),
            "type": _MESSAGE,
            "status": status,
            "content": [_text_part(block.text)],
            "role": "assistant",
        }

    def _reasoning(self, index: int, block: Thinking) -> dict[str, Any]:
        item_id = self.ids.of("rs", index)
        summary = [block.text] if self.answer.prompt.shows_thinking else []
        encrypted = _ENCRYPTED in (self.answer.prompt.body.get("include") or [])
        return {
            "id": item_id,
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": text} for text in summary],
            "encrypted_content": seal(item_id, summary) if encrypted else None,
        }

    def events(self, index: int, block: Block, item: dict[str, Any]) -> Iterator[Frame]:
        yield self.frame("response.output_item.added", output_index=index, item=_begun(item))
        about = {"output_index": index, "item_id": item["id"]}
        yield from _INNER[type(block)](self, block, about)
        yield self.frame("response.output_item.done", output_index=index, item=item)

    def text_events(self, block: Block, about: dict[str, Any]) -> Iterator[Frame]:
        about = {**about, "content_index": 0}
        yield self.frame("response.content_part.added", **about, part=_text_part(""))
        for piece in pieces(block, self.answer):
            yield self.frame("response.output_text.delta", **about, delta=piece, logprobs=[])
        text = text_of(block)
        yield self.frame("response.output_text.done", **about, text=text, logprobs=[])
        yield self.frame("response.content_part.done", **about, part=_text_part(text))

    def call_events(self, block: Block, about: dict[str, Any]) -> Iterator[Frame]:
        for piece in pieces(block, self.answer):
            yield self.frame("response.function_call_arguments.delta", **about, delta=piece)
        yield self.frame("response.function_call_arguments.done", **about, arguments=text_of(block))

    def reasoning_events(self, block: Block, about: dict[str, Any]) -> Iterator[Frame]:
        if not self.answer.prompt.shows_thinking:
            return
        about = {**about, "summary_index": 0}
        name = "response.reasoning_summary_"
        yield self.frame(f"{name}part.added", **about, part=_summary_part(""))
        for piece in pieces(block, self.answer):
            yield self.frame(f"{name}text.delta", **about, delta=piece)
        text = text_of(block)
        yield self.frame(f"{name}text.done", **about, text=text)
        yield self.frame(f"{name}part.done", **about, part=_summary_part(text))


_INNER: dict[type[Block], Callable[[_Rendering, Block, dict[str, Any]], Iterator[Frame]]] = {
    Text: _Rendering.text_events,
    ToolCall: _Rendering.call_events,
    Thinking: _Rendering.reasoning_events,
}


def _begun(item: dict[str, Any]) -> dict[str, Any]:
    """The item before any of its content."""
    match item["type"]:
        case "function_call":
            return {**item, "status": "in_progress", "arguments": ""}
        case "reasoning":
            return {**item, "summary": [], "encrypted_content": None}
    return {**item, "status": "in_progress", "content": []}


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _summary_part(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}
