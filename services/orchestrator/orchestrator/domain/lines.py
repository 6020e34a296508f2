"""Text as numbered lines that keep their own line endings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"([^\n]*?)(\r\n|\n|\Z)", re.DOTALL)
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Lines:
    """A text cut into lines. `ends[i]` is what terminates line i; only the last one's may be empty."""

    bom: str
    texts: tuple[str, ...]
    ends: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Lines":
        bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
        found = [(match[1], match[2]) for match in _LINE.finditer(text) if match[0]]
        return cls(bom, tuple(line for line, _ in found), tuple(end for _, end in found))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def newline(self) -> str:
        """The line ending most lines have."""
        return "\r\n" if self.ends.count("\r\n") > self.ends.count("\n") else "\n"

    def replaced(self, spans: Sequence[tuple[int, int, Sequence[str]]]) -> str:
        """The text after replacing each span [start, end) (from 0, in order, disjoint) by new lines.

        New lines get the ending of most lines; whether the text ends in a newline stays as it was.
        """
        texts: list[str] = []
        ends: list[str] = []
        done = 0
        for start, end, new in spans:
            texts += [*self.texts[done:start], *new]
            ends += [*self.ends[done:start], *(self.newline for _ in new)]
            done = end
        texts += self.texts[done:]
        ends += self.ends[done:]
        if ends:
            final = bool(self.ends[-1]) if self.ends else True
            ends = [end or self.newline for end in ends]
            ends[-1] = ends[-1] if final else ""
        return self.bom + "".join(text + end for text, end in zip(texts, ends, strict=True))


def split_lines(text: str) -> list[str]:
    """The lines of new text; one newline at its end terminates the last line and makes no further one."""
    return list(Lines.of(text).texts)


def numbered(texts: Sequence[str], first: int, last: int) -> str:
    """Lines first..last (from 1, clipped to what exists) as `12| text`."""
    first, last = max(first, 1), min(last, len(texts))
    return "\n".join(f"{number}| {texts[number - 1]}" for number in range(first, last + 1))
