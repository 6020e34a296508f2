"""What this machine gives a sandbox; a test that needs more is skipped, with what is missing.

The machine itself is asked, not the builder: a level that the builder can no longer make here is to fail.
"""

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from builder.clients.sandbox.launcher import landlock_version
from builder.clients.sandbox.levels import Level
from tests.users import run_as

_MOUNT = Path("/sys/fs/cgroup")
_SIGNALS_SINCE = 6


@cache
def missing(level: Level, user: int | None = None) -> str | None:
    """Why this user (ourselves, unless named) can have no sandbox of the level here; None when they can."""
    user = os.geteuid() if user is None else user
    if level is Level.LANDLOCK:
        return None if landlock_version() > 0 else "the kernel has no Landlock, or does not use it"
    found = _without_namespaces(user)
    return found if found is not None or level is Level.WATCHDOG else _without_groups(user)


@cache
def strongest() -> Level:
    """The best level that the machine allows us."""
    return next(level for level in (Level.CGROUPS, Level.WATCHDOG, Level.LANDLOCK) if missing(level) is None)


@cache
def no_browser(level: Level) -> str | None:
    """Why we can have no browser of the level here; None when we can."""
    if level is Level.LANDLOCK and 0 < landlock_version() < _SIGNALS_SINCE:
        return "the kernel's Landlock does not keep signals in (Linux 6.12 does)"
    return missing(level)


def browser_levels() -> list[ParameterSet]:
    """To be tried with each level; those that the machine cannot have are skipped."""
    levels = [level for level in Level if level is not Level.OFF]
    reasons = [no_browser(level) for level in levels]
    return [
        pytest.param(
            level, id=level, marks=pytest.mark.skipif(reason is not None, reason=f"needs {level}: {reason}")
        )
        for level, reason in zip(levels, reasons, strict=True)
    ]


def needs_browser() -> pytest.MarkDecorator:
    """For tests that look at pages at the best level there is."""
    reason = no_browser(strongest())
    return pytest.mark.skipif(reason is not None, reason=f"needs a browser: {reason}")


def needs(level: Level) -> pytest.MarkDecorator:
    """For tests of what lesser levels do not promise."""
    reason = missing(level)
    return pytest.mark.skipif(reason is not None, reason=f"needs the level {level}: {reason}")


def _without_namespaces(user: int) -> str | None:
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    tried = run_as(user, "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true")
    return None if tried.returncode == 0 else f"no user namespaces ({tried.stderr.strip()})"


def _without_groups(user: int) -> str | None:
    if user != os.geteuid():
        return f"user {user} has no control groups"
    folders = [_folder(line) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    if any(folder is not None and os.access(folder, os.W_OK) for folder in folders):
        return None
    return "no control groups that we may write to"


def _folder(line: str) -> Path | None:
    """Our own group of version 2, or of version 1's hierarchy for memory."""
    _, controllers, path = line.split(":", 2)
    if not controllers and "memory" in _words(_MOUNT / "cgroup.controllers"):
        mount = _MOUNT
    elif "memory" in controllers.split(","):
        mount = _MOUNT / "memory"
    else:
        return None
    # In a container the group itself may be what is mounted.
    return own if (own := mount / path.lstrip("/")).exists() else mount


def _words(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []
