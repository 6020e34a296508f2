"""node_modules, installed once per lockfile and then only ever read."""

import asyncio
import fcntl
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.npm import MAX_FILE_BYTES, Npm, NpmResult, lay_out
from builder.clients.sandbox.node import Node
from builder.errors import DependencyInstallFailed, DependencyInstallUnavailable
from common.contracts import PACKAGE_FILES, package_key
from common.logging import get_logger

logger = get_logger(__name__)

Check = Callable[[Path], None]
"""Looks at a tree of packages that is being installed; raises what speaks against it."""

_MODULES = "node_modules"
_INSTALLING = "installing-"
_USED = "used"
_LOCK_POLL_SECONDS = 0.05
# npm's note of what is installed; the only file of a tree that npm changes where it is.
_NOTE = ".package-lock.json"


def key_of(files: Mapping[str, bytes]) -> str:
    """By what a tree of packages is known: its manifest and lockfile."""
    return package_key(*(files[name] for name in PACKAGE_FILES))


class Dependencies:
    """Trees below `<cache>/modules/<key>/node_modules`; the key covers the lockfile and the manifest.

    A template's stay. An app's own are hard links to its template's beside what is new; `sweep` removes them
    once there are more than `keep` and nobody has used one for `idle_seconds`.
    """

    def __init__(
        self,
        node: Node,
        cache_dir: Path,
        seconds: float,
        *,
        keep: int = 200,
        idle_seconds: float = 3600.0,
        at_once: int = 2,
    ) -> None:
        self._npm = Npm(node, cache_dir)
        self._cache = cache_dir
        self._seconds = seconds
        self._keep = keep
        self._idle_seconds = idle_seconds
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._own_installs = asyncio.Semaphore(at_once)

    async def prepare(self, files: Mapping[str, bytes]) -> Path:
        """The tree for a template's package.json and lockfile, made unless it is there.

        Raises DependencyInstallFailed or DependencyInstallUnavailable.
        """
        key = key_of(files)
        modules = self._cache / "modules" / key / _MODULES
        if modules.is_dir():
            return modules
        async with self._locks[key], self._between_processes(key):
            if not modules.is_dir():
                await self._install(files, modules.parent)
        return modules

    async def prepare_own(
        self, files: Mapping[str, bytes], template: Mapping[str, bytes], check: Check | None = None
    ) -> Path:
        """The tree for an app's own package files, made from its template's unless it is there.

        A few at a time: many apps with new packages do not keep others' builds from the machine. `check` is
        asked while it is made and when it is whole. Raises what `check` raises, and as `prepare`.
        """
        base = await self.prepare(template)
        key = key_of(files)
        modules = self._cache / "modules" / key / _MODULES
        try:
            async with self._locks[key], self._between_processes(key):
                if not modules.is_dir():
                    async with self._own_installs:
                        await self._install(files, modules.parent, base, check)
                elif check is not None:
                    await asyncio.to_thread(check, modules)
                (modules.parent / _USED).touch()
        finally:
            if not self._locks[key].locked():
                self._locks.pop(key, None)
        return modules

    def sweep(self) -> int:
        """Removes installations that were cut off by their builder's end, and apps' trees of long ago."""
        removed = sweep(self._cache / "modules", _INSTALLING) + self._remove_unused()
        self._remove_locks()
        return removed

    def _remove_unused(self) -> int:
        used = {}
        for stamp in (self._cache / "modules").glob(f"*/{_USED}"):
            with suppress(FileNotFoundError):
                used[stamp] = stamp.stat().st_mtime
        oldest_first = sorted(used, key=lambda stamp: used[stamp])
        surplus = oldest_first[: max(0, len(oldest_first) - self._keep)]
        return sum(self._remove(stamp) for stamp in surplus)

    def _remove(self, stamp: Path) -> bool:
        """Whether the tree is gone: nobody has it in hand, and it was used long ago."""
        descriptor = self._try_lock(stamp.parent.name)
        if descriptor is None:
            return False
        with suppress(FileNotFoundError), os.fdopen(descriptor):
            if time.time() - stamp.stat().st_mtime < self._idle_seconds:
                return False
            going = OwnedFolder(stamp.parent.parent, _INSTALLING)
            try:
                stamp.parent.rename(going.path)
            finally:
                going.remove()
            return True
        return False

    def _remove_locks(self) -> None:
        """Those of trees that are not there, and that nobody is making."""
        for lock in (self._cache / "locks").glob("*"):
            if (self._cache / "modules" / lock.name).exists():
                continue
            descriptor = self._try_lock(lock.name)
            if descriptor is not None:
                lock.unlink()
                os.close(descriptor)

    def _try_lock(self, key: str) -> int | None:
        """A descriptor that has the lock until it is closed; None while another process has it.

        Whoever has it may remove its file, so that what was opened before is no lock any more.
        """
        lock = self._cache / "locks" / key
        lock.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o644)
            stack.callback(os.close, descriptor)
            with suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    stack.pop_all()
                    return descriptor
        return None

    @asynccontextmanager
    async def _between_processes(self, key: str) -> AsyncIterator[None]:
        while (descriptor := self._try_lock(key)) is None:  # noqa: ASYNC110  # another process has it
            await asyncio.sleep(_LOCK_POLL_SECONDS)
        try:
            yield
        finally:
            os.close(descriptor)

    async def _install(
        self, files: Mapping[str, bytes], target: Path, base: Path | None = None, check: Check | None = None
    ) -> None:
        began = time.perf_counter()
        target.parent.mkdir(parents=True, exist_ok=True)
        work = OwnedFolder(target.parent, _INSTALLING)
        modules = work.path / _MODULES
        try:
            work.path.chmod(0o755)  # readable to the sandbox's user
            lay_out(work.path, files)
            if base is not None:
                await asyncio.to_thread(_linked, base, modules)
            watch = partial(check, modules) if check is not None else None
            await self._run_npm(work.path, "ci" if base is None else "install", watch)
            if watch is not None:
                await asyncio.to_thread(watch)
            _put_in_place(work.path, target)
        finally:
            await asyncio.to_thread(work.remove)
        logger.info("dependencies installed", key=target.name, seconds=round(time.perf_counter() - began, 1))

    async def _run_npm(self, work: Path, command: str, watch: Callable[[], None] | None) -> None:
        try:
            result = await self._npm.run(
                command, cwd=work, seconds=self._seconds, watch=watch,
                file_bytes=None if command == "ci" else MAX_FILE_BYTES,
            )  # fmt: skip
        except TimeoutError as error:
            raise DependencyInstallUnavailable(
                f"Installing packages took over {self._seconds:g} s. Is the npm registry slow?"
            ) from error
        if result.status != 0:
            raise _install_error(command, result)


def _linked(base: Path, modules: Path) -> None:
    """A tree of its own whose files are those of another: npm replaces files, and changes but its note."""
    shutil.copytree(base, modules, symlinks=True, copy_function=os.link)
    note = modules / _NOTE
    if note.exists():
        note.unlink()
        shutil.copyfile(base / _NOTE, note)


def _put_in_place(work: Path, target: Path) -> None:
    # Vite writes here; a sandbox lays a small tmpfs over it.
    (work / "node_modules/.vite-temp").mkdir(parents=True, exist_ok=True)
    work.rename(target)


def _install_error(command: str, result: NpmResult) -> DependencyInstallFailed | DependencyInstallUnavailable:
    if result.passing:
        return DependencyInstallUnavailable(
            f"The npm registry cannot be reached ({result.code}); try again.", npm=result.code
        )
    last = (result.output + result.errors).strip()[-1500:]
    return DependencyInstallFailed(
        f"'npm {command}' of the lockfile failed ({result.code}, exit status {result.status}): {last}",
        npm=result.code,
    )
