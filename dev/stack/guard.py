"""Outlives a stack that is killed, just long enough to end the process groups it leaves behind.

A script of its own that imports nothing of ours. On its standard input it reads lines `+<group> <signal>`
and `-<group>`; when that ends, the stack has ended.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

GRACE_SECONDS = 5.0


def main() -> None:
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        group, _, kind_text = line[1:].strip().partition(" ")
        if line.startswith("+"):
            groups[int(group)] = int(kind_text)
        else:
            groups.pop(int(group), None)
    sweep(groups)


def sweep(groups: dict[int, int]) -> None:
    """Ask each group to end, wait, then insist."""
    for group, kind in groups.items():
        send(group, kind)
    deadline = time.monotonic() + GRACE_SECONDS
    left = living(set(groups))
    while left and time.monotonic() < deadline:
        time.sleep(0.03)
        left = living(left)
    for group in left:
        send(group, signal.SIGKILL)


def living(groups: set[int]) -> set[int]:
    """Those with a member that runs; zombies, which nobody may ever reap, do not count."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if state != "Z" and int(group) in groups:
                found.add(int(group))
    return found


def send(group: int, kind: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, kind)


if __name__ == "__main__":
    main()
