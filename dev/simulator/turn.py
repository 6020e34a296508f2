"""What the simulator says in one assistant turn, free of any wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Vendor = Literal["anthropic", "openai"]
FaultKind = Literal[
    "rate_limit",  # 429 with retry-after
    "overloaded",  # 529; 503 of OpenAI
    "server_error",  # 500
    "refusal",  # the error `error` with its own status and `message`
    "too_long",  # the prompt does not fit into the context window
    "error_event",  # an error event in the middle of the stream, after `after_blocks`
    "failed",  # the same, but OpenAI ends the answer as failed instead
    "malformed",  # an event in the middle of the stream is no JSON
    "cut",  # the stream ends early, after `after_bytes` or `after_blocks`
    "hang",  # nothing more arrives, after `after_blocks` (none: not even the headers)
    "pings",  # nothing but pings arrives, after `after_blocks`; of OpenAI, which has none, nothing
    "max_tokens",  # the answer is cut at `limit` tokens
]


@dataclass(frozen=True)
class Fault:
    """A failure of the vendor; it hits the first `times` attempts of the same request.

    `vendor` None: whoever is asked.
    """

    kind: FaultKind
    times: int = 1
    vendor: Vendor | None = None
    retry_after: float | None = None
    after_bytes: int | None = None
    after_blocks: int | None = None
    clean: bool = True  # a cut that ends the response properly, or breaks the connection
    error: str = "overloaded_error"  # in an error event, which may be an unknown one, or a refusal
    message: str = "The model is overloaded (simulated)"
    limit: int = 64


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Thinking:
    text: str


@dataclass(frozen=True)
class ToolCall:
    """`raw` replaces the JSON of `input` on the wire, for answers that are nonsense."""

    name: str
    input: Mapping[str, Any]
    raw: str | None = None


Block = Text | Thinking | ToolCall


@dataclass(frozen=True)
class Turn:
    blocks: tuple[Block, ...]
    stop_reason: str | None = None  # None: tool_use when there is a tool call, else end_turn
    delay_ms: int = 0
    tokens_per_second: float = 0.0  # 0: the simulator's own setting
    context_tokens: int | None = None  # what the model reads; None: the simulator's own setting
    unlimited: bool = False  # say all of it, whatever max_tokens the request gives
    fault: Fault | None = None
    source: str = field(default="blueprint")  # or the script's name, for the request log

    @property
    def natural_stop(self) -> str:
        if self.stop_reason is not None:
            return self.stop_reason
        return "tool_use" if any(isinstance(block, ToolCall) for block in self.blocks) else "end_turn"
