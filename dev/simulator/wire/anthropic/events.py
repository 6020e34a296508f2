"""Renders an answer as a Message or as the events of its stream."""

import secrets
from collections.abc import Iterator
from typing import Any

from dev.simulator.turn import Block, Thinking, ToolCall
from dev.simulator.wire.answer import Answer, pieces
from dev.simulator.wire.anthropic.history import signature_of
from dev.simulator.wire.stream import Frame, Frames, frame


def counts(answer: Answer, output_tokens: int | None = None) -> dict[str, Any]:
    """The usage; `output_tokens` None: of the whole answer."""
    usage = answer.usage
    whole = output_tokens is None
    return {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.written + usage.written_1h,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.written,
            "ephemeral_1h_input_tokens": usage.written_1h,
        },
        "output_tokens": answer.output_tokens if whole else output_tokens,
        "output_tokens_details": {"thinking_tokens": answer.thinking_tokens if whole else 0},
        "service_tier": "standard",
    }


def message(answer: Answer) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    content = [_start_block(block) for block in answer.blocks]
    for wire, block in zip(content, answer.blocks, strict=True):
        if isinstance(block, ToolCall):
            wire["input"] = {} if block.raw is not None else dict(block.input)
        elif isinstance(block, Thinking):
            shown = block.text if answer.prompt.shows_thinking else ""
            wire.update(thinking=shown, signature=signature_of(answer.prompt.sha256, shown))
        else:
            wire["text"] = block.text
    return _envelope(answer) | {
        "content": content,
        "stop_reason": answer.stop_reason,
        "usage": counts(answer),
    }


def frames(answer: Answer) -> Frames:
    found = [_frame("message_start", {"message": _envelope(answer)}), PING]
    bounds = []
    for index, block in enumerate(answer.blocks):
        found += _block_frames(index, block, answer)
        bounds.append(len(found))
    delta = {"stop_reason": answer.stop_reason, "stop_sequence": None}
    found.append(_frame("message_delta", {"delta": delta, "usage": counts(answer)}))
    found.append(_frame("message_stop", {}))
    return Frames(found, bounds, opening=2)


def _envelope(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(12)}",
        "type": "message",
        "role": "assistant",
        "model": answer.prompt.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": counts(answer, 1),
    }


def _start_block(block: Block) -> dict[str, Any]:
    if isinstance(block, ToolCall):
        return {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": block.name, "input": {}}
    if isinstance(block, Thinking):
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "text", "text": ""}


def _block_frames(index: int, block: Block, answer: Answer) -> Iterator[Frame]:
    yield _frame("content_block_start", {"index": index, "content_block": _start_block(block)})
    for delta in _deltas(block, answer):
        yield _frame("content_block_delta", {"index": index, "delta": delta}, delta=True)
    yield _frame("content_block_stop", {"index": index})


def _deltas(block: Block, answer: Answer) -> Iterator[dict[str, Any]]:
    if isinstance(block, ToolCall):
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in pieces(block, answer):
            yield {"type": "input_json_delta", "partial_json": piece}
    elif isinstance(block, Thinking):
        shown = answer.prompt.shows_thinking
        for piece in pieces(block, answer) if shown else ():
            yield {"type": "thinking_delta", "thinking": piece}
        signature = signature_of(answer.prompt.sha256, block.text if shown else "")
        yield {"type": "signature_delta", "signature": signature}
    else:
        for piece in pieces(block, answer):
            yield {"type": "text_delta", "text": piece}


def _frame(event: str, data: dict[str, Any], *, delta: bool = False) -> Frame:
    return frame(event, {"type": event, **data}, delta=delta)


PING = _frame("ping", {})
