"""What is kept of a turn of the model, so that the conversation can be replayed word for word."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

BlockKind = Literal["text", "thinking", "tool_use"]

INVALID_JSON = "__invalid_json__"
"""The only key of a tool input whose JSON could not be read; its value is the beginning of what was sent."""

OPENAI = "openai"
"""The key in a block's payload for what only OpenAI understands. Thinking that has it is of that vendor."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request. `input_tokens` counts only what came neither from nor into the cache.

    `reasoning_tokens` are part of the output, `cache_write_1h_tokens` of what was written into the cache.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def whole_input(self) -> int:
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


_CHARACTERS_PER_TOKEN = 4
_CHARACTERS_PER_PICTURE = 1_000
"""Of 480 by 300 pixels, with 750 pixels a token."""


def estimated_tokens(characters: int) -> int:
    """About as many tokens as so many characters of code and English make."""
    return characters // _CHARACTERS_PER_TOKEN


def characters_of(tokens: int) -> int:
    """How many characters `estimated_tokens` takes for so many tokens."""
    return tokens * _CHARACTERS_PER_TOKEN


def expected_input(before: Usage, characters: int) -> Usage:
    """What a request will probably count as: the one before with its answer, and so many new characters.

    The request before is read from the vendor's cache, what is new is written into it.
    """
    new = before.output_tokens + estimated_tokens(characters)
    return Usage(cache_read_tokens=before.whole_input, cache_write_tokens=new)


@dataclass(frozen=True)
class Block:
    """A content block as the vendor sent it. `payload` is replayed verbatim and never edited."""

    kind: BlockKind
    payload: dict[str, Any]

    @cached_property
    def arguments(self) -> str:
        """A call's arguments as text that is equal for equal ones."""
        return json.dumps(self.payload["input"], sort_keys=True)


class ToolResultLike(Protocol):
    """What the model is told about a tool call."""

    @property
    def text(self) -> str: ...

    @property
    def is_error(self) -> bool: ...

    @property
    def picture(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The stored answer to a tool call. `picture` is WebP."""

    text: str
    is_error: bool = False
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One answer of the model and what it was answered.

    `results` is keyed by tool_use id; `injected` is text placed after the results: a build's errors or
    a nudge.
    """

    blocks: Sequence[Block]
    results: Mapping[str, ToolResultLike] = field(default_factory=dict)
    injected: str | None = None

    @property
    def answer_characters(self) -> int:
        """The length of what it was answered, a picture counted as the text that costs as much."""
        pictures = sum(result.picture is not None for result in self.results.values())
        texts = sum(len(result.text) for result in self.results.values())
        return texts + len(self.injected or "") + pictures * _CHARACTERS_PER_PICTURE

    @property
    def tool_uses(self) -> list[Block]:
        return [block for block in self.blocks if block.kind == "tool_use"]

    @property
    def open_calls(self) -> list[Block]:
        """The calls that have no result yet."""
        return [block for block in self.tool_uses if block.payload["id"] not in self.results]
