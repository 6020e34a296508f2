"""What holds a sandbox to its limits, whatever does it on this machine."""

from typing import Protocol


class Bounds(Protocol):
    """Of one sandbox."""

    def yield_cpu(self) -> None:
        """Lets all other work go first, where that can be: for a sandbox that only warms up."""

    def claim_cpu(self) -> None:
        """Takes back the full share of the processor, for a build that somebody waits for."""

    def rest(self) -> None:
        """Lets all other work go first, for a sandbox that waits between two builds and has nothing to do."""

    def oom_kills(self) -> int:
        """How many processes were killed for want of memory."""

    def processes(self) -> tuple[int, ...]:
        """Those that are in it now."""

    def memory_bytes(self) -> int:
        """What the sandbox takes now; 0 when it is gone."""

    def cpu_seconds(self) -> float:
        """What its processes have used so far; 0 when it is gone."""

    def kill(self) -> None:
        """Sends SIGKILL to everything in it."""

    def remove(self) -> bool:
        """Gives up what it is made of; False while a process is still in it."""
