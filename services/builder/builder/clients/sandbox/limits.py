"""How much one sandbox may take."""

import os
import random
from dataclasses import dataclass

NICE = 5
"""Of watched sandboxes: the builder and its neighbours go first."""

DESCRIPTORS = 512
"""How many a process of a sandbox may have: what it can watch for events is bounded by the square of that."""

# Memory that is asked for and never used: stacks of threads, areas of allocators.
_UNUSED_BYTES = 16 * 1024**3
_SHARED = 4
_MAX_FILE_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Limits:
    """`disk_bytes` caps the work directory; where that is a tmpfs it counts as memory too."""

    memory_bytes: int
    cpus: float
    processes: int
    disk_bytes: int
    output_bytes: int


def hard_limits(limits: Limits, *, watched: bool, own_user: bool) -> dict[str, int]:
    """Limits of every process, by the names of prlimit(1) and, in capitals, of the module `resource`.

    `watched`: nothing but a watchdog sees to what all processes take together.
    """
    found = {"core": 0, "nofile": DESCRIPTORS, "memlock": 0, "msgqueue": 0}
    if watched:
        found["data"] = limits.memory_bytes + _UNUSED_BYTES
        found["fsize"] = min(limits.disk_bytes, _MAX_FILE_BYTES)
    if watched and own_user:
        # Only a backstop: it counts all of a user, whom a sandbox in another container may share.
        found["nproc"] = _SHARED * limits.processes
    return found


def processors(limits: Limits) -> list[int]:
    """As many of those the builder may use as the limit allows, chosen at random."""
    available = sorted(os.sched_getaffinity(0))
    return sorted(random.sample(available, min(len(available), max(1, round(limits.cpus)))))
