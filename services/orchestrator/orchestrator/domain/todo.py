"""The model's own list of steps for long work: kept for it, shown to people, handed on when not done."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from common.contracts.events import TodoItem
from orchestrator.domain.apply import ToolOutcome

ONLY_TODO = (
    "You have only kept your list for three turns, and nothing was done meanwhile: it was not stored again. "
    "Do its next step, or call finish. Once more, and the work on this request ends."
)


def noted(items: Sequence[TodoItem]) -> ToolOutcome:
    """The answer to `todo`: the list that counts from now on, and what is next."""
    left = open_steps(item.model_dump() for item in items)
    done = f"{len(items) - len(left)} of {len(items)} done"
    return ToolOutcome(f"ok, {done}; next: {left[0]}" if left else f"ok, {done}", todo=tuple(items))


def open_steps(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is not done yet of a stored list, in its order."""
    return [str(item["text"]) for item in items if not item["done"]]


def listed(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """A stored list as lines for the model."""
    return [f"[{'x' if item['done'] else ' '}] {item['text']}" for item in items]
