"""Limits where no control group can be had: a thread looks at what sandboxes take and kills those."""

import ctypes
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.users import SandboxUser

LOOK_SECONDS = 0.02
"""How often a build at work is looked at; the memory it can take in this time comes on top of its limit."""

_WAITING_SECONDS = 0.1
_TREE_SECONDS = 0.1
_WAITING_TREE_SECONDS = 0.5
_DISK_SECONDS = 0.25
_MAX_ENTRIES = 50_000
_WRITTEN_TIMES_DISK = 8
_TICKS = os.sysconf("SC_CLK_TCK")

_libc = ctypes.CDLL(None, use_errno=True)

Process = tuple[int, str]
"""Process id and start time, which together are never given again."""


@dataclass(eq=False)
class Watched(Bounds):
    """One sandbox: its first process and all that come from it, and its work folder if that is on disk.

    `in_memory`: its file systems in memory that it may write to, if it has no such folder.
    """

    watchdog: "Watchdog"
    limits: Limits
    user: SandboxUser
    folder: Path | None = None
    in_memory: tuple[str, ...] = ("app", "tmp")
    _root: tuple[int, str | None] | None = None
    _busy: bool = False
    _passed: int = 0
    _memory: int = 0
    _seconds: float = -1.0
    _written: int = 0
    _cpu: dict[Process, float] = field(default_factory=dict)
    _looked: dict[str, float] = field(default_factory=dict)
    _tree: tuple[int, ...] = ()

    def follow(self, process: int) -> None:
        """Begins to watch a process and its descendants."""
        # With its start time: its number may be a stranger's once it is gone.
        self._root = (process, _start_time(process))
        self.watchdog.add(self)

    def yield_cpu(self) -> None:
        self._busy = True

    def claim_cpu(self) -> None:
        self._busy = True

    def rest(self) -> None:
        self._busy = False
        self._written = 0

    def oom_kills(self) -> int:
        """How often it was killed for having taken too much: of memory, processes or disk."""
        return self._passed

    def processes(self) -> tuple[int, ...]:
        return tuple(self._descendants())

    def memory_bytes(self) -> int:
        return self._memory

    def cpu_seconds(self) -> float:
        deque(self._descendants(), maxlen=0)  # a short build passes between two looks
        return sum(list(self._cpu.values()))

    def kill(self) -> None:
        for process in {*self._descendants(), *self._known(), *self._of_its_user()}:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)

    def remove(self) -> bool:
        if any(self._known()) or any(self._of_its_user()):
            return False
        self.watchdog.drop(self)
        return True

    def look(self, now: float) -> None:
        """Kills it when it has taken more than it may; called by the watchdog's thread."""
        if not self._due("look", LOOK_SECONDS if self._busy else _WAITING_SECONDS, now):
            return
        if self._due("tree", _TREE_SECONDS if self._busy else _WAITING_TREE_SECONDS, now):
            self._tree = tuple(self._descendants())
        # Who sleeps takes nothing more.
        seconds = sum(times[1] for process in self._tree if (times := _times(process)) is not None)
        self._busy = seconds != self._seconds
        self._seconds = seconds
        if self._busy:
            self._measure(now)

    def _measure(self, now: float) -> None:
        memory = tasks = 0
        for process in self._tree:
            status = _status(process)
            memory += 1024 * sum(status.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap"))
            tasks += status.get("Threads", 0)
        in_memory, entries = self._in_its_tmpfs()
        self._memory = memory + in_memory
        too_much = self._memory > self.limits.memory_bytes or tasks > self.limits.processes
        too_much = too_much or entries > _MAX_ENTRIES
        if too_much or (self._due("disk", _DISK_SECONDS, now) and self._fills_the_disk()):
            self._passed += 1
            self.kill()

    def _due(self, what: str, every: float, now: float) -> bool:
        if now - self._looked.get(what, 0.0) < every:
            return False
        self._looked[what] = now
        return True

    def _descendants(self) -> Iterator[int]:
        """The first process and all that come from it, with their processor times noted."""
        if self._root is None or self._root[1] is None or _start_time(self._root[0]) != self._root[1]:
            return
        waiting = [self._root[0]]
        while waiting:
            process = waiting.pop()
            if (times := _times(process)) is not None:
                start, seconds = times
                self._cpu[process, start] = seconds
                yield process
                waiting += _children(process)

    def _known(self) -> Iterator[int]:
        """Those seen before that are still there, whoever is their parent by now."""
        yield from (process for process, start in list(self._cpu) if _start_time(process) == start)

    def _of_its_user(self) -> Iterator[int]:
        if not self.user.own:
            return
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                # The dead are gone, whether or not somebody takes them in.
                if path.stat().st_uid == self.user.uid and _start_time(int(path.name)) is not None:
                    yield int(path.name)

    def _in_its_tmpfs(self) -> tuple[int, int]:
        """Bytes and entries of the file systems in memory that it may write to, unless it works on disk."""
        if self.folder is None:
            with _as_user(self.user):
                # The one that came last is the program itself, once it has left the machine's root; but a
                # program may shut itself further in, where these are not to be seen.
                for process in reversed(self._tree):
                    with suppress(OSError):
                        return _used(Path(f"/proc/{process}/root"), self.in_memory)
        return 0, 0

    def _fills_the_disk(self) -> bool:
        """Also by what it has deleted and holds open: all that it ever wrote in one build is bounded."""
        if self.folder is None:
            return False
        most = self.limits.disk_bytes
        with _as_user(self.user):
            written = sum(_written_bytes(process) for process in self._tree)
        self._written = self._written or written
        return written - self._written > most * _WRITTEN_TIMES_DISK or _takes_more(self.folder, most)


class Watchdog:
    """Looks at all sandboxes of a builder, in one thread, which ends with the process."""

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, watched: Watched) -> None:
        """Looks at it from now on."""
        with self._lock:
            self._watched.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
        self._filled.set()

    def drop(self, watched: Watched) -> None:
        """Looks at it no more; harmless when repeated."""
        with self._lock:
            self._watched.discard(watched)
            if not self._watched:
                self._filled.clear()

    def _run(self) -> None:
        while self._filled.wait():
            now = time.monotonic()
            with self._lock:
                watched = tuple(self._watched)
            for one in watched:
                one.look(now)
            time.sleep(LOOK_SECONDS)


def _used(root: Path, folders: Iterable[str]) -> tuple[int, int]:
    """Bytes and entries of these file systems; none of the machine's own. Raises OSError."""
    size = entries = 0
    if root.stat().st_dev != Path("/").stat().st_dev:
        for used in [os.statvfs(root / name) for name in folders]:
            size += (used.f_blocks - used.f_bfree) * used.f_frsize
            entries += used.f_files - used.f_ffree
    return size, entries


def _status(process: int) -> dict[str, int]:
    """The numbers of /proc/<process>/status, sizes in KiB; empty when it is gone."""
    found = {}
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(errors="replace").splitlines():
            name, _, rest = line.partition(":")
            word = rest.split(maxsplit=1)[:1]
            if word and word[0].isdigit():
                found[name] = int(word[0])
    return found


def _times(process: int) -> tuple[str, float] | None:
    """When it started, and its seconds of processor time; None when it is gone or dead."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return fields[19], (int(fields[11]) + int(fields[12])) / _TICKS


def _start_time(process: int) -> str | None:
    times = _times(process)
    return times[0] if times else None


def _children(process: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # it may end at any moment
        for task in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _written_bytes(process: int) -> int:
    """What it has written to files and pipes; 0 when that is not to be seen."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("wchar:"))
    return 0


def _takes_more(folder: Path, most: int) -> bool:
    """Whether a folder holds more bytes than that, or more entries than anybody needs."""
    size = entries = 0
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                entries += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    size += 512 * entry.stat(follow_symlinks=False).st_blocks
                if size > most or entries > _MAX_ENTRIES:
                    return True
    return False


@contextmanager
def _as_user(user: SandboxUser) -> Iterator[None]:
    """Lets this thread see what the user may see of its processes: root in a container may not see it."""
    if not user.own:
        yield
        return
    _libc.setfsgid(user.uid)
    _libc.setfsuid(user.uid)
    try:
        yield
    finally:
        _libc.setfsuid(0)
        _libc.setfsgid(0)
