"""Users for sandboxes, one each, where the builder is root: the kernel counts many things per user."""

import ctypes
import os
import pwd
import random
import socket
from contextlib import suppress
from dataclasses import dataclass

from builder.errors import IsolationUnavailable

FIRST_UID = 61000
COUNT = 128
"""Behind these begin the users that systemd makes as it needs them."""

_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class SandboxUser:
    """A user of one sandbox at a time; `uid` is the builder's own where it is no root. `release` ends it."""

    uid: int
    own: bool
    _lock: socket.socket | None = None

    def release(self) -> None:
        """Lets another sandbox have it, once all that it ran has ended; harmless when repeated."""
        if self._lock is not None:
            _take_in(self.uid)
            self._lock.close()
            self._lock = None


class SandboxUsers:
    """Gives out users from a range; a user is locked by a name that the kernel frees with its process.

    The name is an abstract socket: builders share the range where they share a network namespace. Those
    in containers of their own may have the same users, as other processes there may.
    """

    def __init__(self, first: int = FIRST_UID, count: int = COUNT) -> None:
        self._uids = range(first, first + count)

    def take(self) -> SandboxUser:
        """A user that no other sandbox has; raises IsolationUnavailable."""
        if os.geteuid() != 0:
            return SandboxUser(os.geteuid(), own=False)
        _adopt_orphans()
        # What a sandbox leaves may die after its user was released, and would keep it from the next one.
        running = set(_processes().values())
        for uid in running.intersection(self._uids):
            if (lock := _locked(uid)) is not None:
                _take_in(uid)
                lock.close()
                running = set(_processes().values())
        # In no order, so that builders who do not see each other rarely have the same.
        for uid in random.sample(self._uids, len(self._uids)):
            if (lock := _locked(uid)) is None:
                continue
            # Who does not know our names may have taken one of the users.
            if uid not in running and not _has_name(uid):
                return SandboxUser(uid, own=True, _lock=lock)
            lock.close()
        raise IsolationUnavailable(
            f"All users of sandboxes ({self._uids.start} to {self._uids.stop - 1}) are in use. "
            "Set BUILDER_SANDBOX_UIDS higher, or BUILDER_CONCURRENCY lower."
        )


def _locked(uid: int) -> socket.socket | None:
    """The lock on the user, or None when a sandbox has it."""
    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind(f"\0overskill-sandbox-user-{uid}")
    except OSError:
        lock.close()
        return None
    return lock


def _processes() -> dict[int, int]:
    """The user of each process that there is."""
    found = {}
    with os.scandir("/proc") as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.name.isdigit():
                    found[int(entry.name)] = entry.stat().st_uid
    return found


def _adopt_orphans() -> None:
    """Makes us the parent of what sandboxes leave: in many a container nobody else takes in the dead."""
    _libc.prctl(_SET_CHILD_SUBREAPER, *map(ctypes.c_ulong, (1, 0, 0, 0)))


def _take_in(uid: int) -> None:
    """Lets go of the user's dead, which the kernel counts as running until then, and of all orphans'.

    Some die before they are the user's. What we have started ourselves, somebody here waits for: it is in our
    session, or leads one of its own.
    """
    for pid, user in _processes().items():
        with suppress(OSError):  # what has gone meanwhile, and what is no child of ours
            if user == uid or os.getsid(pid) not in {pid, os.getsid(0)}:
                os.waitpid(pid, os.WNOHANG)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
