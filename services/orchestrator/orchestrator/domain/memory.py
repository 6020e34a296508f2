"""What a message is told of those before it: the first prompt, and what became of each since.

It is laid for the vendor's cache. What a run was told is the beginning of what the next is told, block by
block; only now and then, when the budget is used up, what is oldest is made shorter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.domain.attachments import Attachment
from orchestrator.domain.sections import material, section
from orchestrator.domain.turns import characters_of

SMALLEST_BUDGET = 500
"""In tokens: below it the newest message would not fit beside the first."""

_BRIEF_SHARE = 3
_SHARE = 8
_SHORT = 160
_CUT = " … (cut)"


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run that has ended. `reply`: what the person was told, a summary or the reason of a failure.

    `left_open`: the steps of the model's own list that were not done.
    """

    request: str
    state: str
    reply: str = ""
    decisions: Sequence[str] = ()
    left_open: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()


@dataclass
class _Memory:
    """`counted` are no more than a number, `condensed` a line each, `whole` a block each."""

    brief: str
    counted: int
    condensed: list[str] = field(default_factory=list)
    whole: list[tuple[str, str]] = field(default_factory=list)

    def blocks(self) -> list[str]:
        history = [f"{self.counted} requests are left out here."] if self.counted else []
        history += self.condensed
        head = [self.brief, *([section("history", "\n".join(history))] if history else [])]
        return ["\n".join(head), *(block for block, _ in self.whole)]

    @property
    def characters(self) -> int:
        return sum(len(block) for block in self.blocks())

    def shorten(self, characters: int) -> None:
        """Condenses what is oldest, then leaves it out, until so little is left; the newest stays whole."""
        while self.characters > characters and len(self.whole) > 1:
            self.condensed.append(self.whole.pop(0)[1])
        while self.characters > characters and self.condensed:
            del self.condensed[0]
            self.counted += 1


def memory_blocks(brief: str, runs: Sequence[EarlierRun], *, left_out: int, budget: int) -> list[str]:
    """The blocks that stand before a message, of at most `budget` tokens; none before the first message.

    `brief`: the app's first prompt. `runs`: the last ones, oldest first; `left_out`: how many there were
    before these.
    """
    if not runs:
        return []
    most = characters_of(budget)
    memory = _Memory(section("brief", _cut(material(brief), most // _BRIEF_SHARE)), left_out)
    for number, run in enumerate(runs, left_out + 1):
        asked = "The brief." if number == 1 else material(run.request)
        whole = _whole(number, run, asked, most // _SHARE)
        memory.whole.append((whole, _condensed(number, run, asked, most // _SHARE)))
        if memory.characters > most:
            memory.shorten(most * 2 // 3)
    return memory.blocks()


def _whole(number: int, run: EarlierRun, asked: str, most: int) -> str:
    parts = [section("asked", _cut(asked, most))]
    if run.attachments:
        parts.append(section("attachments", "\n".join(map(str, run.attachments))))
    if run.reply:
        parts.append(section("reply", _cut(material(run.reply), most)))
    if run.decisions:
        decided = "\n".join(f"- {_line(decision)}" for decision in run.decisions)
        parts.append(section("decisions", _cut(material(decided), most)))
    if run.left_open:
        steps = "\n".join(f"- {_line(step)}" for step in run.left_open)
        parts.append(section("left_open", _cut(material(steps), most)))
    return section("earlier", "\n".join(parts), number=number, state=run.state)


def _condensed(number: int, run: EarlierRun, asked: str, most: int) -> str:
    parts = [f"{number} ({run.state}): {_cut(_line(asked), _SHORT)}"]
    if run.attachments:
        parts.append(f"Pictures: {', '.join(one.name for one in run.attachments)}")
    if run.reply:
        parts.append(f"Reply: {_cut(_line(material(run.reply)), _SHORT)}")
    if run.decisions:
        decided = "; ".join(map(_line, run.decisions))
        parts.append(f"Decisions: {_cut(material(decided), most)}")
    return " | ".join(parts)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[:characters].rstrip() + _CUT
