"""The npm client, run on the platform's side: it never runs a script of a package."""

import asyncio
import os
import re
import resource
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from builder.clients.processes import start_process
from builder.clients.sandbox.node import Node

MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
MAX_FILE_BYTES = 64 * 1024**2
_MAX_OUTPUT = 32 * 1024**2
_CHUNK = 65_536
_WATCH_SECONDS = 0.25
_FLAGS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
_PASSED_ON = re.compile(
    r"^(PATH|HOME|LANG|npm_config_\w+|https?_proxy|no_proxy|ssl_cert_\w+"
    r"|node_(?:extra_ca_certs|use_system_ca))$",
    re.IGNORECASE,
)
_CODE = re.compile(r"^npm (?:error|ERR!) code (\w+)", re.MULTILINE)
_PASSING = re.compile(
    r"^(E(CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|SOCKET\w*|429|5\d\d)|ERR_SOCKET\w*)$"
)


@dataclass(frozen=True)
class NpmResult:
    """How npm ended: its status, what it printed, and what it printed of errors."""

    status: int | None
    output: str
    errors: str

    @property
    def code(self) -> str:
        """Npm's word for what went wrong, such as ERESOLVE."""
        found = _CODE.search(self.errors)
        return found[1] if found else "unknown"

    @property
    def passing(self) -> bool:
        """Whether it may go better another time."""
        return _PASSING.match(self.code) is not None


class Npm:
    """Runs npm with its cache below `cache_dir`."""

    def __init__(self, node: Node, cache_dir: Path) -> None:
        self._node = node
        self._cache = cache_dir / "npm"

    async def run(
        self,
        command: str,
        *arguments: str,
        cwd: Path,
        seconds: float,
        watch: Callable[[], None] | None = None,
        file_bytes: int | None = None,
    ) -> NpmResult:
        """Ends npm with all it has started after `seconds` (raises TimeoutError), or when `watch` raises.

        `watch` is called several times a second, in a thread; `file_bytes`: no file becomes larger.
        """
        environment = {name: value for name, value in os.environ.items() if _PASSED_ON.match(name)}
        environment["npm_config_cache"] = str(self._cache)
        async with (
            asyncio.timeout(seconds),
            self._process(command, *arguments, cwd=cwd, env=environment) as npm,
        ):
            if file_bytes is not None:
                with suppress(ProcessLookupError):
                    resource.prlimit(npm.pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
            reading = asyncio.gather(_read(npm.stdout), _read(npm.stderr))
            try:
                while watch is not None and not (await asyncio.wait({reading}, timeout=_WATCH_SECONDS))[0]:
                    await asyncio.to_thread(watch)
                output, errors = await reading
            finally:
                reading.cancel()
            return NpmResult(await npm.wait(), output, errors)

    @asynccontextmanager
    async def _process(
        self, *arguments: str, cwd: Path, env: Mapping[str, str]
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await start_process(
            str(self._node.binary), str(self._node.npm), *_FLAGS, *arguments,
            cwd=cwd, env=env, umask=0o022, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes those of the files that npm reads."""
    for name in MANIFESTS:
        if name in files:
            (folder / name).write_bytes(files[name])


async def _read(stream: asyncio.StreamReader | None) -> str:
    """What comes, up to a bound; the rest is read and let go."""
    kept: list[bytes] = []
    left = _MAX_OUTPUT
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        kept.append(chunk[:left])
        left = max(0, left - len(chunk))
    return b"".join(kept).decode(errors="replace")
