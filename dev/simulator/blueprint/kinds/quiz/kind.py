"""Reads what a prompt says of a quiz: its name, its topic, or the very questions."""

import re
from typing import Any

from dev.simulator.blueprint import words
from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.quiz.bank import EVERY, GENERAL, TOPICS, Question, Topic
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.template import js_string, jsx_text

_ASKED = re.compile(r"(?:^|[:.)\n\u2013\u2014-]\s*)([A-Z][^?()]{4,160}\?)\s*\(([^)]{3,300})\)")
_ABOUT = re.compile(
    r"\b(?:about|on|of)\s+(?:the |my |our )?([\w' -]{2,40}?)(?=[.,:;!?(]|$|\s(?:with|where|that|for)\b)"
)


def sketch(request: str) -> Sketch:
    topic, left_out = _topic(request)
    asked = _asked(request)
    known = [question for question in asked if question["right"]]
    if len(known) < len(asked):
        left_out = ("questions whose right answer I do not know",)
    questions = known or [_entry(question) for question in topic.questions]
    about = "" if known else f" about {topic.name}"
    title = reading.name_of(request) or ("Quiz" if known else f"Quiz: {topic.name}")
    return Sketch(
        kind="quiz",
        title=title,
        does=f"{len(questions)} questions{about}, one after the other, with the right answer told at once, a "
        "result, and the best scores of this device",
        holes={
            "name_js": js_string(title),
            "heading": jsx_text(title),
            "intro": f"{len(questions)} questions, one after the other. After each you see what was right.",
            "questions_js": reading.as_js(questions),
            "mixed_js": reading.as_js(not known),
        },
        parts=("PageHeader",),
        purposes={
            "src/data/questions.ts": "The questions, their answers, and which of these are right",
            "src/data/game.ts": "One game: what was asked, what was answered",
            "src/pages/Home.tsx": "Welcome, question after question, and the result",
            "src/pages/Scores.tsx": "The best results",
        },
        left_out=left_out,
        look={"appearance": "auto"},  # games are dark else
    )


def _topic(request: str) -> tuple[Topic, tuple[str, ...]]:
    for topic in TOPICS:
        if re.search(rf"\b(?:{topic.words})\b", request, re.IGNORECASE):
            return topic, ()
    about = _ABOUT.search(reading.plain(request))
    wanted = (f"questions about {about.group(1)} (mine are general)",) if about else ()
    return GENERAL, wanted


def _asked(request: str) -> list[dict[str, Any]]:
    """The questions that the prompt itself asks; `right` is empty where the answer is not known."""
    found = []
    for text, inside in _ASKED.findall(reading.plain(request)):
        answers = [answer.strip(" .\"'") for answer in re.split(r",|/|\bor\b", inside) if answer.strip()]
        found.append({"text": text.strip(), "answers": answers, "right": _right(text, answers)})
    return found


def _right(text: str, answers: list[str]) -> str:
    """By the question that most resembles this one and whose answer is among these."""
    own = _telling(text)
    by_name = {answer.lower(): answer for answer in answers}
    good = [
        (len(own & _telling(known.text)), by_name[known.right.lower()])
        for known in EVERY
        if known.right.lower() in by_name
    ]
    likeness, right = max(good, default=(0, ""))
    return right if likeness else ""


def _telling(text: str) -> set[str]:
    found = {words.singular(word) for word in re.findall(r"[a-z]{3,}", text.lower())}
    return found - {"what", "which", "many", "have", "how", "the", "are", "has", "does", "who"}


def _entry(question: Question) -> dict[str, Any]:
    """With its answers turned, so that the right one is not always the first."""
    turn = len(question.text) % len(question.answers)
    answers = [*question.answers[turn:], *question.answers[:turn]]
    fact = {"fact": question.fact} if question.fact else {}
    return {"text": question.text, "answers": answers, "right": question.right, **fact}
