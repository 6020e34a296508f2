"""How a build can end."""

from dataclasses import dataclass

from builder.domain.verdict import Failure
from common.contracts import Artifact


@dataclass(frozen=True)
class Cancelled:
    """Somebody asked for it."""


Outcome = Artifact | Failure | Cancelled
