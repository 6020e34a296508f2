"""What was observed of a build's two programs, each in a sandbox of its own, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from common.contracts import Diagnostic, FileFix


class End(StrEnum):
    """How a program came to its end; `INTERRUPTED` by something outside of its sandbox."""

    FINISHED = "finished"
    NOT_STARTED = "not_started"
    DIED = "died"
    INTERRUPTED = "interrupted"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OVERFLOWED = "overflowed"


@dataclass(frozen=True)
class ToolReport:
    """What a tool reported; `crash` is set when the tool itself broke. Milliseconds.

    `warnings` are no reason to fail what was built.
    """

    ok: bool
    errors: tuple[Diagnostic, ...] = ()
    count: int = 0
    crash: str | None = None
    duration_ms: float = 0.0
    fixes: tuple[FileFix, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Output:
    """What the bundler handed over, by path: files, brotli forms of them or of public files.

    `modules` are the ids of what it says it has bundled. Nothing of it is true because it is here.
    """

    files: Mapping[str, bytes]
    compressed: Mapping[str, bytes] = field(default_factory=dict)
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Usage:
    """What a build has taken of the machine; memory as what was taken at its end, over its time."""

    cpu_seconds: float = 0.0
    memory_byte_seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.cpu_seconds + other.cpu_seconds, self.memory_byte_seconds + other.memory_byte_seconds
        )


@dataclass(frozen=True)
class Evidence:
    """Of one program. `report` is None when it ended without one."""

    end: End
    report: ToolReport | None = None
    output: Output | None = None
    exit_code: int | None = None
    last_words: str = ""
    usage: Usage = Usage()
