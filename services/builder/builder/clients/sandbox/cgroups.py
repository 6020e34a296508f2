"""Control groups, version 2 and the older layout with a hierarchy per controller: a sandbox's limits."""

import errno
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from builder.clients.sandbox.advice import to_get_control_groups
from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.limits import Limits
from builder.errors import IsolationUnavailable

CONTROLLERS = ("memory", "cpu", "pids")

_ACCOUNTING = "cpuacct"
_PREFIX = "overskill-build-"
_PERIOD = 100_000
_FULL_WEIGHT = 100
_IDLE_WEIGHT = 25
_MOVES = 20


class Hierarchy(Protocol):
    """Makes groups; `directories` are all that make up one group."""

    def directories(self, name: str) -> tuple[Path, ...]:
        """The directories that a group of this name has, whether they exist or not."""

    def limit(self, directories: tuple[Path, ...], limits: Limits) -> None:
        """Applies memory without swap, processor time and the number of processes; raises OSError."""

    def set_weight(self, directories: tuple[Path, ...], percent: int) -> None:
        """Sets the share of a busy processor, in percent of an ordinary group's."""

    def oom_kills(self, directories: tuple[Path, ...]) -> int:
        """How many processes the kernel has killed for want of memory."""

    def memory_bytes(self, directories: tuple[Path, ...]) -> int:
        """What the group takes now, files in memory included."""

    def cpu_seconds(self, directories: tuple[Path, ...]) -> float:
        """What the group's processes have used since it was made."""


@dataclass(frozen=True)
class Cgroup(Bounds):
    """One sandbox's group. A process joins by writing its id into every one of `join_files`."""

    hierarchy: Hierarchy
    paths: tuple[Path, ...]

    @property
    def join_files(self) -> tuple[Path, ...]:
        """Where a process writes its id to be limited."""
        return tuple(path / "cgroup.procs" for path in self.paths)

    def yield_cpu(self) -> None:
        """Lets all other work go first: for a sandbox that only warms up."""
        self.hierarchy.set_weight(self.paths, _IDLE_WEIGHT)

    def rest(self) -> None:
        """Nobody waits for what goes on in it now."""
        self.yield_cpu()

    def claim_cpu(self) -> None:
        """Takes back the full share of the processor, for a build that somebody waits for."""
        self.hierarchy.set_weight(self.paths, _FULL_WEIGHT)

    def oom_kills(self) -> int:
        """How many processes of the group the kernel killed for want of memory."""
        with suppress(OSError):
            return self.hierarchy.oom_kills(self.paths)
        return 0

    def processes(self) -> tuple[int, ...]:
        """Of the first of its paths: every process is in all of them."""
        with suppress(OSError):
            return tuple(int(line) for line in self.join_files[0].read_text().split())
        return ()

    def memory_bytes(self) -> int:
        """What the group takes now, files in memory included; 0 when it is gone."""
        with suppress(OSError):
            return self.hierarchy.memory_bytes(self.paths)
        return 0

    def cpu_seconds(self) -> float:
        """What its processes have used since it was made; 0 when it is gone."""
        with suppress(OSError):
            return self.hierarchy.cpu_seconds(self.paths)
        return 0.0

    def kill(self) -> None:
        """Sends SIGKILL to everything in the group."""
        for path in self.paths:
            for process in _processes(path):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)

    def remove(self) -> bool:
        """Deletes the group; False while a process is still in it."""
        left = [path for path in self.paths if not _remove(path)]
        return not left


class Cgroups:
    """Makes a limited group for every sandbox; `detect` finds out how on this machine."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self._hierarchy = hierarchy

    @classmethod
    def detect(cls) -> "Cgroups":
        """Raises IsolationUnavailable when limits cannot be applied here."""
        mounts = list(_mounts())
        unified = next((point for kind, options, point in mounts if kind == "cgroup2"), None)
        if unified is not None and set(CONTROLLERS) <= set(_words(unified / "cgroup.controllers")):
            return cls(UnifiedHierarchy.prepare(unified))
        bases = {}
        for controller in CONTROLLERS:
            found = (point for kind, options, point in mounts if kind == "cgroup" and controller in options)
            point = next(found, None)
            if point is None:
                raise IsolationUnavailable(
                    f"This machine has no control group for '{controller}'. {to_get_control_groups()}"
                )
            bases[controller] = _own_group(point, controller)
        accounting = [point for kind, options, point in mounts if kind == "cgroup" and _ACCOUNTING in options]
        for point in accounting:
            if os.access(own := _own_group(point, _ACCOUNTING), os.W_OK):
                bases[_ACCOUNTING] = own
        return cls(SplitHierarchy(bases))

    def create(self, limits: Limits) -> Cgroup:
        """A new group with these limits; raises IsolationUnavailable when they cannot be applied."""
        paths = self._hierarchy.directories(f"{_PREFIX}{_process_key(os.getpid())}-{secrets.token_hex(4)}")
        group = Cgroup(self._hierarchy, paths)
        try:
            for path in paths:
                path.mkdir()
            self._hierarchy.limit(paths, limits)
        except OSError as error:
            group.remove()
            raise IsolationUnavailable(
                f"Limits cannot be applied to a build: {error.strerror} at {error.filename}. "
                f"{to_get_control_groups()}"
            ) from error
        return group

    def sweep(self) -> int:
        """Removes the empty groups that builders which are gone have left; how many that were."""
        swept: set[str] = set()
        for base in {path.parent for path in self._hierarchy.directories("x")}:
            for path in base.glob(f"{_PREFIX}*"):
                owner = path.name.removeprefix(_PREFIX).rpartition("-")[0]
                number = owner.partition(".")[0]
                if number.isdigit() and owner != _process_key(int(number)) and _remove(path):
                    swept.add(path.name)
        return len(swept)


@dataclass(frozen=True)
class SplitHierarchy(Hierarchy):
    """Version 1: a directory per controller, one more where what counts is a hierarchy of its own."""

    bases: dict[str, Path]

    def directories(self, name: str) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(base / name for base in self.bases.values()))

    def limit(self, directories: tuple[Path, ...], limits: Limits) -> None:
        memory, cpu, pids = directories[: len(CONTROLLERS)]
        _write(memory / "memory.limit_in_bytes", limits.memory_bytes)
        if (memory / "memory.memsw.limit_in_bytes").exists():
            _write(memory / "memory.memsw.limit_in_bytes", limits.memory_bytes)
        _write(cpu / "cpu.cfs_period_us", _PERIOD)
        _write(cpu / "cpu.cfs_quota_us", int(limits.cpus * _PERIOD))
        _write(pids / "pids.max", limits.processes)

    def set_weight(self, directories: tuple[Path, ...], percent: int) -> None:
        _write(directories[1] / "cpu.shares", max(2, 1024 * percent // 100))

    def oom_kills(self, directories: tuple[Path, ...]) -> int:
        return _field(directories[0] / "memory.oom_control", "oom_kill")

    def memory_bytes(self, directories: tuple[Path, ...]) -> int:
        return int((directories[0] / "memory.usage_in_bytes").read_text())

    def cpu_seconds(self, directories: tuple[Path, ...]) -> float:
        # Beside the cpu controller on most machines; not counted where it is nowhere.
        found = [path for path in directories if (path / "cpuacct.usage").exists()]
        return int((found[0] / "cpuacct.usage").read_text()) / 1e9 if found else 0.0


@dataclass(frozen=True)
class UnifiedHierarchy(Hierarchy):
    """Version 2: one directory with all controllers, below a group that hands them on."""

    base: Path

    @classmethod
    def prepare(cls, mount: Path) -> "UnifiedHierarchy":
        """Uses a group that hands its controllers on already, or has the one this process is in do so."""
        own = _own_group(mount, "")
        problem: OSError | None = None
        for base, delegate in ((own, _find_delegated), (mount, _find_delegated), (own, _delegate)):
            try:
                delegate(base)
            except OSError as error:
                problem = error
            else:
                return cls(base)
        reason = f"{problem.strerror} at {problem.filename}" if problem else "no group to use"
        raise IsolationUnavailable(f"Limits cannot be applied to builds: {reason}. {to_get_control_groups()}")

    def directories(self, name: str) -> tuple[Path, ...]:
        return (self.base / name,)

    def limit(self, directories: tuple[Path, ...], limits: Limits) -> None:
        (path,) = directories
        _write(path / "memory.max", limits.memory_bytes)
        if (path / "memory.swap.max").exists():
            _write(path / "memory.swap.max", 0)
        _write(path / "cpu.max", f"{int(limits.cpus * _PERIOD)} {_PERIOD}")
        _write(path / "pids.max", limits.processes)

    def set_weight(self, directories: tuple[Path, ...], percent: int) -> None:
        _write(directories[0] / "cpu.weight", max(1, percent))

    def oom_kills(self, directories: tuple[Path, ...]) -> int:
        return _field(directories[0] / "memory.events", "oom_kill")

    def memory_bytes(self, directories: tuple[Path, ...]) -> int:
        return int((directories[0] / "memory.current").read_text())

    def cpu_seconds(self, directories: tuple[Path, ...]) -> float:
        return _field(directories[0] / "cpu.stat", "usage_usec") / 1e6


def _find_delegated(base: Path) -> None:
    """Raises OSError unless limited groups can be made below `base` as it is."""
    switch = base / "cgroup.subtree_control"
    if not set(CONTROLLERS) <= set(_words(switch)):
        raise OSError(errno.EOPNOTSUPP, "controllers are not handed on", str(switch))
    probe = base / f"{_PREFIX}{_process_key(os.getpid())}-probe"
    probe.mkdir()
    probe.rmdir()


def _delegate(base: Path) -> None:
    """Hands the controllers on. A group that does may hold no process itself: they move one level down."""
    leaf = base / "overskill-services"
    leaf.mkdir(exist_ok=True)
    for _ in range(_MOVES):
        processes = list(_processes(base))
        if not processes:
            break
        for process in processes:
            with suppress(ProcessLookupError):
                _write(leaf / "cgroup.procs", process)
    _write(base / "cgroup.subtree_control", " ".join(f"+{controller}" for controller in CONTROLLERS))
    _find_delegated(base)


def _process_key(process: int) -> str | None:
    """Process id and start time, which together are never given again; None when it is gone."""
    try:
        after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2]
    except OSError:
        return None
    return f"{process}.{after_name.split()[19]}"


def _mounts() -> Iterator[tuple[str, set[str], Path]]:
    """Type, options of the file system, and mount point of every mount."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        yield kind, set(options.split(",")), Path(before.split()[4])


def _own_group(mount: Path, controller: str) -> Path:
    """The group of this process below the mount point; the mount point if it is not to be seen there."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            own = mount / path.lstrip("/")
            return own if own.is_dir() else mount
    return mount


def _write(path: Path, value: object) -> None:
    # Not write_text: a control file must exist already, and open(…, "w") would create it on a wrong path.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, str(value).encode())
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(descriptor)


def _words(path: Path) -> list[str]:
    return path.read_text().split()


def _field(path: Path, name: str) -> int:
    lines = (line.split() for line in path.read_text().splitlines())
    return next((int(value) for key, value in lines if key == name), 0)


def _processes(path: Path) -> Iterator[int]:
    with suppress(OSError):
        yield from (int(word) for word in _words(path / "cgroup.procs"))


def _remove(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
