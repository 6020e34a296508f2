"""A turn fitted into what the request allows, before it is rendered for a vendor."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dev.simulator.turn import Block, Text, Thinking, ToolCall, Turn
from dev.simulator.wire.prompt import CHARS_PER_TOKEN, Prompt, estimate

CONTEXT_FULL = "model_context_window_exceeded"
TEXT_CHUNK = 48
JSON_CHUNKS = 4  # a tool's input arrives in at least this many pieces
JSON_CHUNK = 2048
EAGER_CHUNK = 96  # of tools with eager_input_streaming
MOST_EAGER_CHUNKS = 1000
MOST_CHUNKS = 64  # callers that parse what has come so far would need ages for megabytes
PACED_CHUNK = 24  # of everything in a turn that is written at a given rate


@dataclass(frozen=True)
class Usage:
    """Tokens of the prompt: read anew, from the cache, and into it, by how long they stay there."""

    fresh: int
    cache_read: int = 0
    written: int = 0
    written_1h: int = 0

    @property
    def whole(self) -> int:
        return self.fresh + self.cache_read + self.written + self.written_1h


@dataclass(frozen=True)
class Answer:
    """`cut`: whether the last block ends in its middle. Thinking counts as output."""

    prompt: Prompt
    blocks: tuple[Block, ...]
    stop_reason: str
    usage: Usage
    output_tokens: int
    thinking_tokens: int
    cut: bool = False
    paced: bool = False


def answer(turn: Turn, prompt: Prompt, usage: Usage, *, max_tokens: int, room: int, paced: bool) -> Answer:
    """Cut the turn at max_tokens, or where the context window is full, as vendors do: inside a block."""
    blocks: list[Block] = []
    wanted = sum(estimate(text_of(block)) for block in turn.blocks) if turn.unlimited else max_tokens
    allowed = left = min(wanted, room)
    stop, cut = turn.natural_stop, False
    for block in turn.blocks:
        size = estimate(text_of(block))
        if size > left:
            if left > 0:
                blocks.append(_truncate(block, left * CHARS_PER_TOKEN))
                cut = True
            stop, left = CONTEXT_FULL if room < wanted else "max_tokens", 0
            break
        blocks.append(block)
        left -= size
    thought = sum(estimate(block.text) for block in blocks if isinstance(block, Thinking))
    return Answer(prompt, tuple(blocks), stop, usage, max(1, allowed - left), thought, cut, paced)


def text_of(block: Block) -> str:
    if isinstance(block, ToolCall):
        return block.raw if block.raw is not None else json.dumps(dict(block.input), ensure_ascii=False)
    return block.text


def pieces(block: Block, answered: Answer) -> Iterator[str]:
    """The block's text as it streams."""
    text = text_of(block)
    if isinstance(block, ToolCall):
        size = _json_chunk(text, eager=block.name in answered.prompt.eager, paced=answered.paced)
    else:
        size = PACED_CHUNK if answered.paced else TEXT_CHUNK
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _json_chunk(text: str, *, eager: bool, paced: bool) -> int:
    """How many characters of a tool's input come at a time."""
    if eager:
        return PACED_CHUNK if paced else max(EAGER_CHUNK, len(text) // MOST_EAGER_CHUNKS)
    return max(1, min(JSON_CHUNK, len(text) // JSON_CHUNKS), len(text) // MOST_CHUNKS)


def _truncate(block: Block, chars: int) -> Block:
    text = text_of(block)[:chars]
    if isinstance(block, ToolCall):
        return replace(block, raw=text)
    return Thinking(text) if isinstance(block, Thinking) else Text(text)
