"""What the environment says about an evaluation."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dev.stack.config import ROOT, ConfigError

FOLDER = ROOT / ".overskill" / "eval"
T = TypeVar("T", int, float)


@dataclass(frozen=True)
class Settings:
    """`url` and `key` are those of a running stack; without them one is started."""

    folder: Path = FOLDER
    url: str | None = None
    key: str | None = None
    only: str | None = None
    fresh: bool = False
    parallel: int = 3
    budget_dollars: float | None = None
    entry_seconds: float = 1800.0
    step_seconds: float = 10.0

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Raises ConfigError naming the variable."""
        url, key = env.get("EVAL_URL") or None, env.get("EVAL_KEY") or None
        if (url is None) != (key is None):
            raise ConfigError("EVAL_URL and EVAL_KEY belong together: the API's address, and a key of its.")
        return cls(
            folder=Path(env.get("EVAL_DIR") or FOLDER).resolve(),
            url=url,
            key=key,
            only=env.get("EVAL_ONLY") or None,
            fresh=env.get("EVAL_FRESH", "") not in {"", "0"},
            parallel=_number(env, "EVAL_PARALLEL", int) or cls.parallel,
            budget_dollars=_number(env, "EVAL_BUDGET_DOLLARS", float),
            entry_seconds=_number(env, "EVAL_SECONDS", float) or cls.entry_seconds,
            step_seconds=_number(env, "EVAL_STEP_SECONDS", float) or cls.step_seconds,
        )


def _number(env: Mapping[str, str], name: str, kind: Callable[[str], T]) -> T | None:
    text = env.get(name)
    if not text:
        return None
    try:
        number = kind(text)
    except ValueError:
        number = kind("0")
    if not 0 < number < 1_000_000:
        raise ConfigError(f"{name} must be a number above 0, not {text!r}.")
    return number
