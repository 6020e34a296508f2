"""What was observed of one build in its sandbox, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from common.contracts import Diagnostic


class End(StrEnum):
    """How the sandbox came to its end."""

    FINISHED = "finished"
    NOT_STARTED = "not_started"
    DIED = "died"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OVERFLOWED = "overflowed"


@dataclass(frozen=True)
class ToolReport:
    """What one tool reported; `crash` is set when the tool itself broke. Milliseconds."""

    ok: bool
    errors: tuple[Diagnostic, ...] = ()
    count: int = 0
    crash: str | None = None
    duration_ms: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """`output` holds the bundle's files by path, only when both tools were content."""

    end: End
    check: ToolReport | None = None
    bundle: ToolReport | None = None
    output: Mapping[str, bytes] | None = None
    exit_code: int | None = None
    last_words: str = ""
