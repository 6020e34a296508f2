"""Cache usage from real prefix matching of cache_control breakpoints."""

from collections import OrderedDict

from dev.simulator.wire.answer import Usage
from dev.simulator.wire.prompt import Prompt

MIN_CACHED_TOKENS = 1024
LOOK_BACK = 20  # blocks the API searches backwards from a breakpoint
_ENTRIES = 4096


class BreakpointCache:
    """Remembers the prefixes that breakpoints wrote, least recently used first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def usage(self, prompt: Prompt) -> Usage:
        """The request's input usage; writes its breakpoints to the cache."""
        ends = _ends(prompt)
        points = [
            i for i, one in enumerate(prompt.segments) if one.breakpoint and ends[i] >= MIN_CACHED_TOKENS
        ]
        if not points:
            return Usage(prompt.tokens)
        read = max(self._longest_known(prompt, ends, point) for point in points)
        for point in points:
            self._remember((prompt.scope, prompt.prefixes[point]))
        whole = max(read, ends[points[-1]])
        lasting = max((ends[i] for i in points if prompt.segments[i].breakpoint == "1h"), default=0)
        written_1h = max(0, lasting - read)
        return Usage(prompt.tokens - whole, read, whole - read - written_1h, written_1h)

    def _longest_known(self, prompt: Prompt, ends: list[int], point: int) -> int:
        for index in range(point, max(-1, point - LOOK_BACK - 1), -1):
            key = (prompt.scope, prompt.prefixes[index])
            if key in self._known:
                self._remember(key)
                return ends[index]
        return 0

    def _remember(self, key: tuple[str, str]) -> None:
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > _ENTRIES:
            self._known.popitem(last=False)


def _ends(prompt: Prompt) -> list[int]:
    """Tokens up to the end of each segment."""
    ends, total = [], 0
    for segment in prompt.segments:
        total += segment.tokens
        ends.append(total)
    return ends
