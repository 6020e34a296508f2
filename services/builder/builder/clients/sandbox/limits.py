"""How much one sandbox may take."""

from dataclasses import dataclass

SANDBOX_UID = 61000
"""The user that runs builds when the builder is root; it needs no name."""


@dataclass(frozen=True)
class Limits:
    """`disk_bytes` caps the work directory, which is a tmpfs and so counts as memory too."""

    memory_bytes: int
    cpus: float
    processes: int
    disk_bytes: int
    output_bytes: int
