"""Our side of the guard, the process that sweeps up after a stack that was killed."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

STOP_SECONDS = 10.0


class Watch:
    """Tells the guard which process groups live; it has the state's lock for as long as it lives."""

    def __init__(self, lock_descriptor: int) -> None:
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=[lock_descriptor],
            start_new_session=True,
        )

    def add(self, group: int, stop_signal: signal.Signals) -> None:
        self._tell(f"+{group} {int(stop_signal)}")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}")

    def close(self) -> None:
        """Let the guard go; it has nothing left to do when every group was removed."""
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.close()
        self._guard.wait(STOP_SECONDS)

    def _tell(self, line: str) -> None:
        if self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # killed by hand; the kernel's tether remains
                self._guard.stdin.write(f"{line}\n")
                self._guard.stdin.flush()
