"""Which model does which task, and which ones stand in for it when its vendor is out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Vendor = Literal["anthropic", "openai"]
VENDORS: tuple[Vendor, ...] = get_args(Vendor)

DEFAULT_MODELS: Mapping[Vendor, str] = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6.1-sol"}
"""Of each vendor, for whoever names none."""


def parse_route(text: str | None) -> tuple[str, ...]:
    """The models of "first, fallback…", each once."""
    return tuple(dict.fromkeys(name for part in (text or "").split(",") if (name := part.strip())))


def vendor_of(model: str) -> tuple[Vendor, str]:
    """Who offers a model, and its name there: Anthropic what begins with `claude-`, OpenAI the rest.

    A vendor and a slash before the name settle what it does not say: `anthropic/qwen3-coder`.
    """
    for vendor in VENDORS:
        if model.startswith(f"{vendor}/"):
            return vendor, model.removeprefix(f"{vendor}/")
    return ("anthropic" if model.startswith("claude-") else "openai"), model


@dataclass(frozen=True)
class Routes:
    """The models of each task, the first choice first; a task without any is done by another's."""

    generate: tuple[str, ...] = ()
    repair: tuple[str, ...] = ()
    name: tuple[str, ...] = ()

    def models(self, own: str, *, repairing: bool, pinned: str | None) -> tuple[str, ...]:
        """The model that a run asks next, and those that stand in for it, in their order.

        `own`: the app's model; `pinned`: the one that the run has moved to, with which it stays.
        """
        generate = tuple(dict.fromkeys((own, *self.generate)))
        if pinned is None:
            return self.repair if repairing and self.repair else generate
        route = self.repair if repairing and pinned in self.repair else generate
        return (pinned, *route[route.index(pinned) + 1 :]) if pinned in route else (pinned,)
