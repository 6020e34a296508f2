"""Temporary folders that a lock marks as somebody's: those without an owner are swept.

The kernel lets go of a lock when its process ends, however it ends; age and process ids prove nothing.
"""

import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path


class OwnedFolder:
    """A new folder of this process, readable to it alone; `remove` ends it."""

    def __init__(self, parent: Path, prefix: str) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            self.path = parent / f"{prefix}{secrets.token_hex(8)}"
            self.path.mkdir(mode=0o700)
            # Until it is locked it looks like a leftover: who sweeps may be faster.
            with suppress(FileNotFoundError, BlockingIOError):
                self._descriptor = _lock(self.path)
                if self.path.exists():
                    return
                os.close(self._descriptor)

    def remove(self) -> None:
        """Deletes it with all that is in it; harmless when it was moved away or is gone."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def sweep(parent: Path, prefix: str) -> int:
    """Deletes the folders whose name begins with `prefix` and whose owner is gone; how many that were."""
    swept = 0
    for path in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # locked, just removed, or another user's
            descriptor = _lock(path)
            try:
                shutil.rmtree(path)
                swept += 1
            finally:
                os.close(descriptor)
    return swept


def _lock(path: Path) -> int:
    """Raises OSError when somebody else has it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
