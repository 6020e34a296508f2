"""The simulator's settings; the only place that reads its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 8010
    think_ms: int = 0  # waited before each turn
    tokens_per_second: int = 0  # how fast a turn is written; 0: at once
    context_tokens: int = 1_000_000  # longer prompts are refused, longer answers cut
    scripts_dir: Path | None = None  # scripts beside the shipped ones; the same name wins

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        scripts = env.get("SIMULATOR_SCRIPTS")
        return cls(
            host=env.get("SIMULATOR_HOST") or cls.host,
            port=_number(env, "SIMULATOR_PORT", cls.port),
            think_ms=_number(env, "SIMULATOR_THINK_MS", cls.think_ms),
            tokens_per_second=_number(env, "SIMULATOR_TOKENS_PER_SECOND", cls.tokens_per_second),
            context_tokens=_number(env, "SIMULATOR_CONTEXT_TOKENS", cls.context_tokens),
            scripts_dir=Path(scripts) if scripts else None,
        )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal():
        raise SystemExit(f"{name} must be a whole number, not {text!r}")
    return int(text)
