"""What the conversation loop knows of a language model, whoever the vendor is."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from orchestrator.domain.turns import Block, Usage
from orchestrator.errors import ModelCut, ModelRejected, ModelUnavailable

__all__ = [
    "BlockDone",
    "BlockStarted",
    "CacheLifetime",
    "Effort",
    "FileProgress",
    "ModelClient",
    "ModelCut",
    "ModelEvent",
    "ModelRejected",
    "ModelRequest",
    "ModelUnavailable",
    "TextDelta",
    "ToolStarted",
    "TurnDone",
    "TurnRefused",
    "TurnRequested",
    "TurnStarted",
]


Effort = Literal["low", "medium", "high", "xhigh", "max"]
"""How hard a model thinks."""

CacheLifetime = Literal["5m", "1h"]
"""How long a vendor keeps what it has read, where there is a choice."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One turn to ask for: the system prompt as plain text, messages and tools in Anthropic's form.

    `attempts`: after so many that failed in a row it is given up; None: when the budget of time is used up.
    `effort`: how hard to think about this one; None: as hard as is set for all.
    """

    model: str
    system: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    max_tokens: int
    metadata: Mapping[str, str] = field(default_factory=dict)
    attempts: int | None = None
    effort: Effort | None = None


@dataclass(frozen=True, slots=True)
class TurnRequested:
    """The request goes out once the next event is asked for: whoever keeps accounts notes it before that.

    After a retry it comes again: text and blocks since the one before are void then, their cost is not.
    """


@dataclass(frozen=True, slots=True)
class TurnRefused:
    """The request has not reached the vendor or was refused by it: it is not billed."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The vendor has read the request, and says what its input counts as; None: it will only at the end."""

    usage: Usage | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of text to show while it is written; models speak between tools in `thinking`."""

    text: str
    kind: Literal["text", "thinking"] = "text"


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A call begins; `path` is the file it is about, as far as that is known by now."""

    tool: str
    path: str | None


@dataclass(frozen=True, slots=True)
class FileProgress:
    """A piece of the text for a file has come in the call that began last: so much of it is there by now."""

    tool: str
    path: str
    lines: int
    characters: int


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """The next content block begins: there is time to store those that are done."""


@dataclass(frozen=True, slots=True)
class BlockDone:
    """A whole content block, safe to store. `index` is its position in the turn."""

    index: int
    block: Block


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The turn is complete. `usage` is the whole turn's: it replaces what TurnStarted told.

    None: a server that does not count.
    """

    stop_reason: str
    usage: Usage | None


ModelEvent = (
    TurnRequested
    | TurnRefused
    | TurnStarted
    | BlockStarted
    | TextDelta
    | ToolStarted
    | FileProgress
    | BlockDone
    | TurnDone
)


class ModelClient(Protocol):
    """Streams one turn.

    Raises ModelUnavailable (may pass), ModelCut (ended midway) or ModelRejected (never will work). Close the
    generator (`contextlib.aclosing`) when leaving early: that ends the request.
    """

    async def warm_up(self) -> None:
        """Do now what the first turn would otherwise wait for."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The turn as it comes: TurnStarted, then deltas and whole blocks, then TurnDone."""
