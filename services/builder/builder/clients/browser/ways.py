"""How a browser is contained: on the same level as builds, with what that level has for a browser."""

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Protocol

from builder.clients.browser.chromium import Chromium
from builder.clients.browser.command import TEMPORARY, at_landlock, in_namespaces
from builder.clients.browser.seccomp import filter_descriptor
from builder.clients.leftovers import OwnedFolder
from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.bubblewrap import Programs
from builder.clients.sandbox.cgroups import Cgroups
from builder.clients.sandbox.landlock import PREFIX
from builder.clients.sandbox.launcher import landlock_version
from builder.clients.sandbox.levels import Level, Prepared
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.users import SandboxUser, SandboxUsers
from builder.clients.sandbox.watchdog import Watchdog, Watched
from builder.errors import BrowserUnavailable

# Since then Landlock keeps signals in; no filter can, as a browser ends processes of its own.
_LANDLOCK_VERSION = 6

Pipes = tuple[int, int]
"""Where the browser reads commands and writes events."""


class BrowserWay(Protocol):
    """Prepares the sandboxes of one level for a browser."""

    def prepare(self, chromium: Chromium, limits: Limits, pipes: Pipes) -> Prepared:
        """Raises IsolationUnavailable and BrowserUnavailable."""


def browser_way(level: Level, users: SandboxUsers, work_dir: Path) -> BrowserWay:
    """That of the level; raises IsolationUnavailable and BrowserUnavailable."""
    if level is Level.OFF:
        raise BrowserUnavailable("BUILDER_ISOLATION is off: pages are opened nowhere but in a sandbox.")
    if level is Level.LANDLOCK:
        return _Landlocked(users, work_dir)
    return _Namespaces(users, Cgroups.detect() if level is Level.CGROUPS else None)


class _Namespaces(BrowserWay):
    """Namespaces by bubblewrap; limits by control groups, or by a watchdog where there are none."""

    def __init__(self, users: SandboxUsers, cgroups: Cgroups | None) -> None:
        self._programs = Programs.find()
        self._users = users
        self._cgroups = cgroups
        self._watchdog = Watchdog()

    def prepare(self, chromium: Chromium, limits: Limits, pipes: Pipes) -> Prepared:
        with ExitStack() as undo:
            filter_fd, user = _filter_and_user(undo, self._users, alone=False)
            bounds, joins = self._bounds(limits, user)
            undo.callback(bounds.remove)
            line = in_namespaces(self._programs, chromium, limits, joins, user, filter_fd, pipes)
            undo.pop_all()
        return Prepared(line, filter_fd, bounds, user.release)

    def _bounds(self, limits: Limits, user: SandboxUser) -> tuple[Bounds, tuple[Path, ...]]:
        if self._cgroups is None:
            return Watched(self._watchdog, limits, user, in_memory=(TEMPORARY,)), ()
        group = self._cgroups.create(limits)
        return group, group.join_files


class _Landlocked(BrowserWay):
    """No namespaces: Landlock, no sockets, a user of its own where the builder is root, a watchdog."""

    def __init__(self, users: SandboxUsers, work_dir: Path) -> None:
        if landlock_version() < _LANDLOCK_VERSION:
            raise BrowserUnavailable(
                "Where there are no namespaces, a browser is contained by Linux 6.12 or newer only."
            )
        self._users = users
        self._work_dir = work_dir
        self._watchdog = Watchdog()

    def prepare(self, chromium: Chromium, limits: Limits, pipes: Pipes) -> Prepared:
        with ExitStack() as undo:
            filter_fd, user = _filter_and_user(undo, self._users, alone=True)
            folder = OwnedFolder(self._work_dir, PREFIX)
            undo.callback(folder.remove)
            folder.path.chmod(0o711)
            temporary = folder.path / TEMPORARY
            temporary.mkdir(mode=0o700)
            if user.own:
                os.chown(temporary, user.uid, user.uid)
            line = at_landlock(chromium, limits, folder.path, user, filter_fd, pipes)
            undo.pop_all()
        bounds = Watched(self._watchdog, limits, user, folder.path)
        return Prepared(line, filter_fd, bounds, partial(_give_back, folder, user))


def _filter_and_user(undo: ExitStack, users: SandboxUsers, *, alone: bool) -> tuple[int, SandboxUser]:
    """What every sandbox needs first, given back by `undo`."""
    filter_fd = filter_descriptor(alone=alone)
    undo.callback(os.close, filter_fd)
    user = users.take()
    undo.callback(user.release)
    return filter_fd, user


def _give_back(folder: OwnedFolder, user: SandboxUser) -> None:
    folder.remove()
    user.release()
