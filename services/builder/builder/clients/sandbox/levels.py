"""The ways to contain a program, from the strongest to the weakest, and how a sandbox begins."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from builder.clients.leftovers import sweep
from builder.clients.sandbox import bubblewrap, landlock
from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.cgroups import Cgroups
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node
from builder.clients.sandbox.program import Program
from builder.clients.sandbox.seccomp import filter_descriptor
from builder.clients.sandbox.users import SandboxUser, SandboxUsers
from builder.clients.sandbox.watchdog import Watchdog, Watched
from common.errors import AppError


class Level(StrEnum):
    """How well builds are contained, strongest first; README.md says what each cannot promise."""

    CGROUPS = "cgroups"
    WATCHDOG = "watchdog"
    LANDLOCK = "landlock"
    OFF = "off"

    def suffices(self, least: "Level") -> bool:
        """Whether it is at least as strong."""
        order = list(Level)
        return order.index(self) <= order.index(least)


@dataclass(frozen=True)
class Job:
    """What a sandbox is made for; `run`: other arguments for Node than those that run the program."""

    node: Node
    program: Program
    modules: Path
    limits: Limits
    run: Sequence[str] | None = None


@dataclass(frozen=True)
class Prepared:
    """A sandbox that is about to begin: its command line, and the descriptor that the first program reads.

    `abandon` undoes it when it does not begin; `cleanup` is for after its end.
    """

    line: list[str]
    filter_fd: int
    bounds: Bounds
    cleanup: Callable[[], None]

    def begun(self, process: int) -> None:
        """To be called with the id of the process that runs the line."""
        os.close(self.filter_fd)
        if isinstance(self.bounds, Watched):
            self.bounds.follow(process)

    def abandon(self) -> None:
        """Takes back all of it."""
        os.close(self.filter_fd)
        self.bounds.kill()
        self.bounds.remove()
        self.cleanup()


async def prepared(prepare: Callable[[], Prepared]) -> Prepared:
    """What that makes, in a thread: it asks the kernel much. Nothing is left of it when it is cancelled."""
    preparing = asyncio.create_task(asyncio.to_thread(prepare))
    try:
        return await asyncio.shield(preparing)
    except asyncio.CancelledError:
        # To the end even when it is cancelled once more: nothing of a sandbox may stay.
        await asyncio.shield(asyncio.create_task(_abandon(preparing)))
        raise


async def _abandon(preparing: asyncio.Task[Prepared]) -> None:
    with suppress(AppError):
        await asyncio.to_thread((await preparing).abandon)


class Way(Protocol):
    """Prepares sandboxes of one level."""

    level: Level

    def prepare(self, job: Job) -> Prepared:
        """Raises IsolationUnavailable."""

    def sweep(self) -> int:
        """Removes what builders that are gone have left; how much that was."""


class Namespaces(Way):
    """Namespaces by bubblewrap; limits by control groups, or by a watchdog where there are none."""

    def __init__(self, users: SandboxUsers, cgroups: Cgroups | None, watchdog: Watchdog) -> None:
        self.level = Level.CGROUPS if cgroups is not None else Level.WATCHDOG
        self._programs = bubblewrap.Programs.find()
        self._users = users
        self._cgroups = cgroups
        self._watchdog = watchdog

    def prepare(self, job: Job) -> Prepared:
        with ExitStack() as undo:
            filter_fd, user = _filter_and_user(undo, job, self._users)
            bounds, joins = self._bounds(job.limits, user)
            undo.callback(bounds.remove)
            line = bubblewrap.command(
                self._programs,
                job.node,
                job.program,
                job.modules,
                job.limits,
                user,
                filter_fd,
                joins,
                job.run,
            )
            undo.pop_all()
        return Prepared(line, filter_fd, bounds, user.release)

    def _bounds(self, limits: Limits, user: SandboxUser) -> tuple[Bounds, tuple[Path, ...]]:
        if self._cgroups is None:
            return Watched(self._watchdog, limits, user), ()
        group = self._cgroups.create(limits)
        return group, group.join_files

    def sweep(self) -> int:
        return self._cgroups.sweep() if self._cgroups is not None else 0


class Landlocked(Way):
    """No namespaces: Landlock, no sockets, a user of its own where the builder is root, a watchdog."""

    level = Level.LANDLOCK

    def __init__(self, users: SandboxUsers, work_dir: Path, watchdog: Watchdog) -> None:
        landlock.check_landlock()
        self._users = users
        self._work_dir = work_dir
        self._watchdog = watchdog

    def prepare(self, job: Job) -> Prepared:
        with ExitStack() as undo:
            filter_fd, user = _filter_and_user(undo, job, self._users)
            folder = landlock.WorkFolder.make(self._work_dir, job.modules, user)
            undo.callback(folder.owned.remove)
            line = landlock.command(
                job.node, job.program, job.modules, job.limits, user, filter_fd, folder, job.run
            )
            undo.pop_all()
        bounds = Watched(self._watchdog, job.limits, user, folder.owned.path)
        return Prepared(line, filter_fd, bounds, partial(_give_back, folder, user))

    def sweep(self) -> int:
        return sweep(self._work_dir, landlock.PREFIX)


def _filter_and_user(undo: ExitStack, job: Job, users: SandboxUsers) -> tuple[int, SandboxUser]:
    """What every sandbox needs first, given back by `undo`."""
    filter_fd = filter_descriptor(may_fork=job.program.may_fork)
    undo.callback(os.close, filter_fd)
    user = users.take()
    undo.callback(user.release)
    return filter_fd, user


Ways = Iterable[tuple[Level, Callable[[], Way]]]


def ways(least: Level, users: SandboxUsers, work_dir: Path) -> Ways:
    """Every way that is at least that strong, strongest first; making one raises IsolationUnavailable."""
    watchdog = Watchdog()
    found: dict[Level, Callable[[], Way]] = {
        Level.CGROUPS: lambda: Namespaces(users, Cgroups.detect(), watchdog),
        Level.WATCHDOG: lambda: Namespaces(users, None, watchdog),
        Level.LANDLOCK: lambda: Landlocked(users, work_dir, watchdog),
    }
    return [(level, make) for level, make in found.items() if level.suffices(least)]


def _give_back(folder: landlock.WorkFolder, user: SandboxUser) -> None:
    folder.owned.remove()
    user.release()
