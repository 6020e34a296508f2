"""Renders a turn as a Message or as the server-sent events of its stream, whole or broken."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from dev.simulator.turn import Block, Fault, Text, Thinking, ToolCall, Turn
from dev.simulator.wire.errors import envelope
from dev.simulator.wire.thinking import shows_thinking
from dev.simulator.wire.usage import CHARS_PER_TOKEN, Usage, estimate
from dev.simulator.wire.validation import signature_of

TEXT_CHUNK = 48
JSON_CHUNKS = 4  # a tool's input arrives in at least this many pieces
JSON_CHUNK = 2048
EAGER_CHUNK = 96  # of tools with eager_input_streaming
MOST_EAGER_CHUNKS = 1000
MOST_CHUNKS = 64  # callers that parse what has come so far would need ages for megabytes
PACED_CHUNK = 24  # of everything in a turn that is written at a given rate

Ending = Literal["complete", "hang", "pings", "abort"]


@dataclass(frozen=True)
class Answer:
    """A turn fitted into the request's max_tokens, with its wire ids.

    `eager` are the tools whose input streams as it is written, `shows_thinking` whether thinking is more
    than a signature.
    """

    message_id: str
    model: str
    blocks: tuple[Block, ...]
    stop_reason: str
    usage: Usage
    output_tokens: int
    eager: frozenset[str]
    shows_thinking: bool


@dataclass(frozen=True)
class Stream:
    """`pause`: seconds before each delta."""

    frames: list[bytes]
    ending: Ending
    outcome: str
    pause: float = 0.0


def answer(turn: Turn, body: dict[str, Any], *, max_tokens: int, room: int, usage: Usage) -> Answer:
    """Cut the turn at max_tokens, or where the context window is full, as the API does: inside a block."""
    blocks: list[Block] = []
    wanted = sum(estimate(_text_of(block)) for block in turn.blocks) if turn.unlimited else max_tokens
    allowed = left = min(wanted, room)
    full = "model_context_window_exceeded" if room < wanted else "max_tokens"
    stop = turn.natural_stop
    for block in turn.blocks:
        size = estimate(_text_of(block))
        if size > left:
            if left > 0:
                blocks.append(_truncate(block, left * CHARS_PER_TOKEN))
            stop, left = full, 0
            break
        blocks.append(block)
        left -= size
    message_id = f"msg_{secrets.token_hex(12)}"
    eager = frozenset(tool["name"] for tool in body.get("tools") or [] if tool.get("eager_input_streaming"))
    return Answer(
        message_id, body["model"], tuple(blocks), stop, usage, max(1, allowed - left), eager,
        shows_thinking(body),
    )  # fmt: skip


def message(answered: Answer) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    content = [_start_block(block) for block in answered.blocks]
    for wire, block in zip(content, answered.blocks, strict=True):
        if isinstance(block, ToolCall):
            wire["input"] = {} if block.raw is not None else dict(block.input)
        elif isinstance(block, Thinking):
            shown = block.text if answered.shows_thinking else ""
            wire.update(thinking=shown, signature=signature_of(shown))
        else:
            wire["text"] = block.text
    return _envelope(answered) | {
        "content": content,
        "stop_reason": answered.stop_reason,
        "usage": answered.usage.as_wire(answered.output_tokens),
    }


def stream(answered: Answer, fault: Fault | None, request_id: str, rate: float = 0.0) -> Stream:
    """All frames of the response and how it ends; `rate` in tokens a second, 0: as fast as it goes."""
    frames = [_frame("message_start", {"message": _envelope(answered)}), PING]
    bounds = []
    for index, block in enumerate(answered.blocks):
        frames += _block_frames(index, block, _deltas(block, answered, paced=rate > 0))
        bounds.append(len(frames))
    frames.append(
        _frame(
            "message_delta",
            {
                "delta": {"stop_reason": answered.stop_reason, "stop_sequence": None},
                "usage": answered.usage.as_wire(answered.output_tokens),
            },
        )
    )
    frames.append(_frame("message_stop", {}))
    pause = PACED_CHUNK / CHARS_PER_TOKEN / rate if rate else 0.0
    if fault is None:
        return Stream(frames, "complete", answered.stop_reason, pause)
    return replace(_broken(frames, bounds, fault, request_id), pause=pause)


def _broken(frames: list[bytes], bounds: list[int], fault: Fault, request_id: str) -> Stream:
    outcome = f"fault:{fault.kind}"
    after = min(fault.after_blocks or 0, len(bounds))
    kept = frames[: bounds[after - 1] if after else 2]
    if fault.kind == "error_event":
        body = envelope(fault.error, fault.message, request_id)
        return Stream([*kept, _raw_frame("error", body)], "complete", outcome)
    if fault.kind in {"hang", "pings"}:
        return Stream(kept, fault.kind, outcome)
    if fault.after_bytes is not None:
        kept = [b"".join(frames)[: fault.after_bytes]]
    elif after < len(bounds):
        kept = _into_next_block(frames, len(kept), bounds[after])
    return Stream(kept, "complete" if fault.clean else "abort", outcome)


def _into_next_block(frames: list[bytes], start: int, end: int) -> list[bytes]:
    """A cut falls inside the next block: its start and half of its deltas were sent."""
    return frames[: start + max(1, (end - start) // 2)]


def _envelope(answered: Answer) -> dict[str, Any]:
    return {
        "id": answered.message_id,
        "type": "message",
        "role": "assistant",
        "model": answered.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": answered.usage.as_wire(1),
    }


def _start_block(block: Block) -> dict[str, Any]:
    if isinstance(block, ToolCall):
        return {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": block.name, "input": {}}
    if isinstance(block, Thinking):
        return {"type": "thinking", "thinking": "", "signature": ""}
    return {"type": "text", "text": ""}


def _block_frames(index: int, block: Block, deltas: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield _frame("content_block_start", {"index": index, "content_block": _start_block(block)})
    for delta in deltas:
        yield _frame("content_block_delta", {"index": index, "delta": delta})
    yield _frame("content_block_stop", {"index": index})


def _deltas(block: Block, answered: Answer, *, paced: bool) -> Iterator[dict[str, Any]]:
    text = _text_of(block)
    chunk = PACED_CHUNK if paced else TEXT_CHUNK
    if isinstance(block, ToolCall):
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in _pieces(text, _json_chunk(text, eager=block.name in answered.eager, paced=paced)):
            yield {"type": "input_json_delta", "partial_json": piece}
    elif isinstance(block, Thinking):
        shown = text if answered.shows_thinking else ""
        for piece in _pieces(shown, chunk):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": signature_of(shown)}
    else:
        for piece in _pieces(text, chunk):
            yield {"type": "text_delta", "text": piece}


def _json_chunk(text: str, *, eager: bool, paced: bool) -> int:
    """How many characters of a tool's input come at a time."""
    if eager:
        return PACED_CHUNK if paced else max(EAGER_CHUNK, len(text) // MOST_EAGER_CHUNKS)
    return max(1, min(JSON_CHUNK, len(text) // JSON_CHUNKS), len(text) // MOST_CHUNKS)


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _text_of(block: Block) -> str:
    if isinstance(block, ToolCall):
        return block.raw if block.raw is not None else json.dumps(dict(block.input), ensure_ascii=False)
    return block.text


def _truncate(block: Block, chars: int) -> Block:
    text = _text_of(block)[:chars]
    if isinstance(block, ToolCall):
        return replace(block, raw=text)
    return Thinking(text) if isinstance(block, Thinking) else Text(text)


def _frame(event: str, data: dict[str, Any]) -> bytes:
    return _raw_frame(event, {"type": event, **data})


def _raw_frame(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def is_delta(frame: bytes) -> bool:
    return frame.startswith(b"event: content_block_delta")


PING = _frame("ping", {})
