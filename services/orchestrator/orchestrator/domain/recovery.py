"""A failed build as a message to the model: what broke, where, and how to go about it."""

from collections.abc import Callable, Sequence
from typing import Protocol

MAX_DIAGNOSTICS = 20
MAX_ATTEMPTS = 2


class DiagnosticLike(Protocol):
    """A problem a tool found, as `common.contracts.Diagnostic` has it."""

    @property
    def file(self) -> str | None: ...
    @property
    def line(self) -> int | None: ...
    @property
    def column(self) -> int | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def message(self) -> str: ...


def recovery_message(
    category: str,
    diagnostics: Sequence[DiagnosticLike],
    attempt: int,
    of: int,
    read_file: Callable[[str], str | None],
) -> str:
    """The message of type error_recovery; `read_file` gives a file's text, None if there is none."""
    raise NotImplementedError


def fingerprint(diagnostics: Sequence[DiagnosticLike]) -> str:
    """Equal for the same errors, wherever their lines have moved."""
    raise NotImplementedError


def should_retry(category: str, attempt: int, of: int = MAX_ATTEMPTS) -> bool:
    """Whether the model gets try number `attempt` (from 1). The platform's own faults are never its task."""
    raise NotImplementedError
