"""How a run may end: with files, with words, or with questions."""

from collections.abc import Sequence

from common.contracts import RunMode
from common.contracts.events import Question
from orchestrator.domain.tools import WRITING_TOOLS
from orchestrator.domain.turns import StoredTurn

_NO_FILES = {
    RunMode.PLAN: (
        "The mode of this request is plan, so nothing was written. Read what you need, then call finish with "
        "the plan as summary."
    ),
    RunMode.ASK: (
        "The mode of this request is ask, so nothing was written. Read what you need, then call finish with "
        "the answer as summary."
    ),
}
_NOTHING_MADE = (
    "Not finished: every file is still as the template has it, so there is no app yet. Write what the "
    "request asks for (a page in src/pages/, its route in src/routes.tsx), then call finish."
)
_ASK_FIRST = (
    "Not asked: you have written files already. Questions come before the first change. Take the most useful "
    "ordinary choice, go on, and name it in the summary."
)
_ASKED = "You have asked the person, so nothing is written before the answers are there."


def objection(name: str, *, mode: RunMode, new: bool, wrote: bool, asked: bool) -> str | None:
    """Why a call is not carried out, as the model is told; None when it may be.

    `new`: the app is still its bare template; `wrote`: the run has changed files; `asked`: it has questions.
    """
    if name in WRITING_TOOLS:
        return _ASKED if asked else _NO_FILES.get(mode)
    if name == "finish" and mode is RunMode.BUILD and new and not wrote:
        return _NOTHING_MADE
    if name == "ask" and wrote:
        return _ASK_FIRST
    return None


def nudges_before_an_answer(mode: RunMode, *, new: bool) -> int | None:
    """How often a model that only talks is asked to go on before its words are the answer; None: never."""
    if mode is not RunMode.BUILD:
        return 0
    return None if new else 1


def answer_of(turn: StoredTurn) -> str:
    """What the turn tells the person: the summary of its `finish`, else its text, which may be empty."""
    for call in reversed(turn.tool_uses):
        if call.payload["name"] == "finish":
            return str(call.payload["input"].get("summary", "")).strip()
    texts = (str(block.payload.get("text", "")) for block in turn.blocks if block.kind == "text")
    return "\n\n".join(text.strip() for text in texts if text.strip())


def questions_text(questions: Sequence[Question]) -> str:
    """The questions as a chat message."""
    lines = []
    for number, question in enumerate(questions, 1):
        lines.append(f"{number}. {question.text}")
        lines += [f"   - {choice}" for choice in question.choices]
    return "\n".join(lines)


def answers_text(questions: Sequence[Question], answers: Sequence[str]) -> str:
    """Answers, one to each question, as the person's message."""
    pairs = zip(questions, answers, strict=True)
    return "\n".join(f"{number}. {one.text}\n{answer}" for number, (one, answer) in enumerate(pairs, 1))
