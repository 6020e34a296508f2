"""Token estimates, and cache usage from real prefix matching of cache_control breakpoints."""

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dev.simulator.wire.validation import blocks_of

CHARS_PER_TOKEN = 4
MIN_CACHED_TOKENS = 1024
LOOK_BACK = 20  # blocks the API searches backwards from a breakpoint
_ENTRIES = 4096


def estimate(text: str) -> int:
    return max(1, (len(text) + CHARS_PER_TOKEN - 1) // CHARS_PER_TOKEN)


@dataclass(frozen=True)
class Usage:
    input_tokens: int
    cache_read: int
    cache_creation: int

    def as_wire(self, output_tokens: int) -> dict[str, Any]:
        return {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache_creation,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_creation,
                "ephemeral_1h_input_tokens": 0,
            },
            "output_tokens": output_tokens,
            "service_tier": "standard",
        }


@dataclass(frozen=True)
class _Prefix:
    """Everything up to and including one block: its digest, its size, whether it is a breakpoint."""

    digest: bytes
    tokens: int
    breakpoint: bool


class PrefixCache:
    """Remembers the prefixes that breakpoints wrote, least recently used first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def usage(self, body: dict[str, Any]) -> Usage:
        """The request's input usage; writes its breakpoints to the cache."""
        prefixes = _prefixes(body)
        total = prefixes[-1].tokens
        breakpoints = [i for i, p in enumerate(prefixes) if p.breakpoint and p.tokens >= MIN_CACHED_TOKENS]
        if not breakpoints:
            return Usage(total, 0, 0)
        read = max((self._longest_known(prefixes, point) for point in breakpoints), default=0)
        for point in breakpoints:
            self._remember(prefixes[point].digest)
        written = prefixes[breakpoints[-1]].tokens
        return Usage(total - max(written, read), read, max(0, written - read))

    def _longest_known(self, prefixes: list[_Prefix], point: int) -> int:
        for index in range(point, max(-1, point - LOOK_BACK - 1), -1):
            if prefixes[index].digest in self._known:
                self._remember(prefixes[index].digest)
                return prefixes[index].tokens
        return 0

    def _remember(self, digest: bytes) -> None:
        self._known[digest] = None
        self._known.move_to_end(digest)
        while len(self._known) > _ENTRIES:
            self._known.popitem(last=False)


def input_tokens(body: dict[str, Any]) -> int:
    """What the whole request counts as."""
    return _prefixes(body)[-1].tokens


def _prefixes(body: dict[str, Any]) -> list[_Prefix]:
    digest = sha256(json.dumps([body["model"], body.get("tool_choice"), body.get("thinking")]).encode())
    prefixes: list[_Prefix] = []
    tokens = 0
    segments = _segments(body)
    for index, (role, block) in enumerate(segments):
        text = canonical({key: value for key, value in block.items() if key != "cache_control"})
        digest.update(f"\0{role}\0{text}".encode())
        tokens += estimate(text)
        last = index == len(segments) - 1 and body.get("cache_control")
        prefixes.append(_Prefix(digest.copy().digest(), tokens, bool(block.get("cache_control") or last)))
    return prefixes


def _segments(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    segments = [("tools", tool) for tool in body.get("tools") or []]
    system = body.get("system")
    if isinstance(system, str):
        system = [{"type": "text", "text": system}]
    segments += [("system", block) for block in system or []]
    for message in body["messages"]:
        segments += [(message["role"], block) for block in blocks_of(message)]
    return segments


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def request_digest(body: dict[str, Any]) -> str:
    """sha256 of the messages and tools; where the cache breakpoints stand does not matter."""
    content = [
        [role, {k: v for k, v in block.items() if k != "cache_control"}] for role, block in _segments(body)
    ]
    return sha256(canonical(content).encode()).hexdigest()
