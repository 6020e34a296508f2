"""What a request asks, free of any wire format, and the digests by which its parts are known again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

Ttl = Literal["5m", "1h"]
CHARS_PER_TOKEN = 4


def estimate(text: str) -> int:
    return max(1, (len(text) + CHARS_PER_TOKEN - 1) // CHARS_PER_TOKEN)


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Segment:
    """A piece of the prompt in the order in which the model reads it.

    `text` tells it from others, `tokens` is its size, `breakpoint` how long the prefix up to its end is to
    stay in the cache.
    """

    text: str
    tokens: int
    breakpoint: Ttl | None = None


@dataclass(frozen=True)
class Prompt:
    """A request that was found valid.

    `messages` are in the form that `conversation.py` reads, `scope` is what besides the segments has to be
    equal for a cached prefix to be found, `eager` are the tools whose input streams as it is written.
    """

    body: dict[str, Any]
    model: str
    messages: Sequence[Mapping[str, Any]]
    segments: Sequence[Segment]
    scope: str
    max_tokens: int
    has_tools: bool
    stream: bool
    eager: frozenset[str] = frozenset()
    shows_thinking: bool = False
    tokens: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", sum(segment.tokens for segment in self.segments))

    @cached_property
    def prefixes(self) -> list[str]:
        """sha256 of everything up to the end of each segment, wherever cache breakpoints stand."""
        digest = sha256()
        found = []
        for segment in self.segments:
            digest.update(f"\0{segment.text}".encode())
            found.append(digest.copy().hexdigest())
        return found

    @property
    def sha256(self) -> str:
        return self.prefixes[-1]
