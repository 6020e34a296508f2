"""How a build can end."""

from dataclasses import dataclass

from builder.domain.verdict import Failure


@dataclass(frozen=True)
class Green:
    """Sizes in bytes, of an artifact that is stored."""

    digest: str
    size: int
    file_count: int
    total_bytes: int


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for it."""


Outcome = Green | Failure | Cancelled
