"""node_modules, installed once per lockfile and then only ever read."""

import asyncio
import fcntl
import hashlib
import os
import re
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from builder.clients.leftovers import OwnedFolder, sweep
from builder.clients.processes import start_process
from builder.clients.sandbox.node import Node
from builder.errors import DependencyInstallFailed, DependencyInstallUnavailable
from common.logging import get_logger

logger = get_logger(__name__)

_FLAGS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
_PASSED_ON = re.compile(
    r"^(PATH|HOME|LANG|npm_config_\w+|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_\w+)$", re.IGNORECASE
)
_CODE = re.compile(r"^npm (?:error|ERR!) code (\w+)", re.MULTILINE)
_PASSING = re.compile(
    r"^(E(CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|SOCKET\w*|429|5\d\d)|ERR_SOCKET\w*)$"
)
_INSTALLING = "installing-"
_LOCK_POLL_SECONDS = 0.05


class Dependencies:
    """Trees below `<cache>/modules/<key>/node_modules`; the key covers the lockfile and the manifest."""

    def __init__(self, node: Node, cache_dir: Path, seconds: float) -> None:
        self._node = node
        self._cache = cache_dir
        self._seconds = seconds
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(self, files: Mapping[str, bytes]) -> Path:
        """The tree for a template's package.json and lockfile, made unless it is there.

        Raises DependencyInstallFailed or DependencyInstallUnavailable.
        """
        key = hashlib.sha256(files["package.json"] + b"\0" + files["package-lock.json"]).hexdigest()
        modules = self._cache / "modules" / key / "node_modules"
        if modules.is_dir():
            return modules
        async with self._locks[key], self._between_processes(key):
            if not modules.is_dir():
                await self._install(files, modules.parent)
        return modules

    def sweep(self) -> int:
        """Removes installations that were cut off by their builder's end."""
        return sweep(self._cache / "modules", _INSTALLING)

    @asynccontextmanager
    async def _between_processes(self, key: str) -> AsyncIterator[None]:
        folder = self._cache / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / key, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            while True:
                with suppress(BlockingIOError):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                await asyncio.sleep(_LOCK_POLL_SECONDS)
            yield
        finally:
            os.close(descriptor)

    async def _install(self, files: Mapping[str, bytes], target: Path) -> None:
        began = time.perf_counter()
        target.parent.mkdir(parents=True, exist_ok=True)
        work = OwnedFolder(target.parent, _INSTALLING)
        try:
            _lay_out(work.path, files)
            await self._npm_ci(work.path)
            _put_in_place(work.path, target)
        finally:
            await asyncio.to_thread(work.remove)
        logger.info("dependencies installed", key=target.name, seconds=round(time.perf_counter() - began, 1))

    async def _npm_ci(self, work: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if _PASSED_ON.match(name)}
        environment["npm_config_cache"] = str(self._cache / "npm")
        process = await start_process(
            str(self._node.binary),
            str(self._node.npm),
            *_FLAGS,
            cwd=work,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            umask=0o022,
        )
        try:
            async with asyncio.timeout(self._seconds):
                output, _ = await process.communicate()
        except TimeoutError as error:
            raise DependencyInstallUnavailable(
                f"Installing the template's packages took over {self._seconds:g} s. Is the npm registry slow?"
            ) from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if process.returncode != 0:
            raise _install_error(output.decode(errors="replace"), process.returncode)


def _lay_out(work: Path, files: Mapping[str, bytes]) -> None:
    work.chmod(0o755)  # readable to the sandbox's user
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if name in files:
            (work / name).write_bytes(files[name])


def _put_in_place(work: Path, target: Path) -> None:
    # Vite writes here; a sandbox lays a small tmpfs over it.
    (work / "node_modules/.vite-temp").mkdir(parents=True, exist_ok=True)
    work.rename(target)


def _install_error(output: str, status: int | None) -> DependencyInstallFailed | DependencyInstallUnavailable:
    found = _CODE.search(output)
    code = found[1] if found else "unknown"
    if _PASSING.match(code):
        return DependencyInstallUnavailable(
            f"The npm registry cannot be reached ({code}); try again.", npm=code
        )
    last = output.strip()[-1500:]
    return DependencyInstallFailed(
        f"'npm ci' of the template's lockfile failed ({code}, exit status {status}): {last}", npm=code
    )
