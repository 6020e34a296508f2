"""One stack per state folder."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

# How long the remains of a killed stack may take to go.
SWEEP_SECONDS = 15.0


class AlreadyRunsError(Exception):
    """Another stack uses the state; the message says which."""


@dataclass(frozen=True)
class StateLock:
    """Held while any process has the descriptor open: the guard inherits it, and sweeps before it goes."""

    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def lock_state(state: Path, api_url: str) -> StateLock:
    """Raises AlreadyRunsError; waits for the remains of a stack whose own process is gone."""
    # Builds run as another user and need a way in; what is private in there says so itself.
    state.mkdir(parents=True, exist_ok=True, mode=0o755)
    descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + SWEEP_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(state)
            if _alive(holder.get("pid")) or time.monotonic() > deadline:
                os.close(descriptor)
                raise AlreadyRunsError(_message(state, holder)) from None
            time.sleep(0.05)
            continue
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "api": api_url}).encode(), 0)
        return StateLock(descriptor)


def _holder(state: Path) -> dict[str, object]:
    try:
        holder: dict[str, object] = json.loads((state / "lock").read_text())
    except ValueError:
        return {}
    return holder


def _alive(pid: object) -> bool:
    return isinstance(pid, int) and Path(f"/proc/{pid}").exists()


def _message(state: Path, holder: dict[str, object]) -> str:
    return (
        f"The stack on {state} already runs (process {holder.get('pid', 'unknown')}) and serves"
        f" {holder.get('api', 'its API')}. Use it, stop it, or set OVERSKILL_STATE_DIR"
        " and OVERSKILL_PORT_BASE to start another."
    )
