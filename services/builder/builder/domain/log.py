"""A build's log: numbered lines, bounded from the start, so that no build can fill memory with it."""

from collections import deque
from dataclasses import dataclass, field

MAX_BYTES = 256 * 1024
TAIL_BYTES = 32 * 1024

_CUT = "… the log is longer than what is kept; lines are missing here."


@dataclass
class BuildLog:
    """Keeps the beginning and the end of what was printed; the middle goes when it is too much."""

    max_bytes: int = MAX_BYTES
    count: int = 0
    _head: list[str] = field(default_factory=list)
    _tail: deque[str] = field(default_factory=deque)
    _head_bytes: int = 0
    _tail_bytes: int = 0
    _cut: bool = False

    def add(self, stream: str, text: str) -> str:
        """Notes a line and returns it as it is shown."""
        self.count += 1
        # Postgres stores no NUL, and terminals' control codes help nobody.
        clean = "".join(character for character in text if character.isprintable() or character == "\t")
        line = f"[{stream}] {clean}"
        size = len(line.encode()) + 1
        if self._head_bytes + size <= self.max_bytes // 2 and not self._tail:
            self._head.append(line)
            self._head_bytes += size
        else:
            self._tail.append(line)
            self._tail_bytes += size
            self._trim()
        return clean

    def _trim(self) -> None:
        while self._tail_bytes > self.max_bytes // 2 - len(_CUT.encode()) - 1 and self._tail:
            self._tail_bytes -= len(self._tail.popleft().encode()) + 1
            self._cut = True

    @property
    def text(self) -> str:
        lines = [*self._head, *([_CUT] if self._cut else []), *self._tail]
        return "".join(f"{line}\n" for line in lines)


def tail(text: str, max_bytes: int = TAIL_BYTES) -> str:
    """The end of a log, cut at a line's beginning where there is one."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    end = data[-max_bytes:]
    _, newline, rest = end.partition(b"\n")
    return (rest if newline else end).decode(errors="ignore")
