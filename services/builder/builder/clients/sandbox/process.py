"""One sandbox: a runner process that does one build and is then thrown away."""

import asyncio
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from builder.clients.processes import start_process
from builder.clients.sandbox.cgroups import Cgroup
from builder.clients.sandbox.frames import BrokenFrame, Frame, FrameTooLarge, encode, read_frame
from builder.clients.sandbox.reports import storable, tool_report
from builder.domain.evidence import End, Evidence, ToolReport

LogLine = Callable[[str, str], None]
"""Takes a stream's name and a line."""

_MAX_LINE = 4096
_MAX_LINES = 20_000
_MAX_FRAMES = 500
_MAX_FRAME_LINES = 200
_CHUNK = 64 * 1024
_LAST_WORDS = 20
_REMOVE_SECONDS = 2.0
_DYING_SECONDS = 1.0
_OUT_OF_HEAP = "heap out of memory"


@dataclass
class Sandbox:
    """A started runner. `cleanup` runs once the process is gone."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    group: Cgroup | None
    output_bytes: int
    cleanup: Callable[[], None] | None = None
    _last_words: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_WORDS))
    _log: LogLine | None = None
    _closing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._printing = asyncio.create_task(self._read_output())

    @property
    def alive(self) -> bool:
        """Whether it can still take a build: it runs and nobody has begun to close it."""
        return self.process.returncode is None and self._closing is None

    def warm_up(self, files: Mapping[str, bytes]) -> None:
        """Has the runner build trusted files first, at low priority; a build may follow at any time."""
        if self.group is not None:
            self.group.yield_cpu()
        self.writer.write(encode("warm", files))

    async def build(self, files: Mapping[str, bytes], mode: str, seconds: float, log: LogLine) -> Evidence:
        """Does the one build, for `seconds` at most; `close` is the caller's to call, however it ends."""
        self._log = log
        for line in self._last_words:
            log("bundle", line)
        if self.group is not None:
            self.group.claim_cpu()
        try:
            async with asyncio.timeout(seconds):
                self.writer.write(encode("build", files, mode=mode))
                evidence = await self._observe()
        except TimeoutError:
            return Evidence(End.TIMED_OUT)
        return evidence

    async def _observe(self) -> Evidence:
        reports: dict[str, ToolReport] = {}
        output: dict[str, bytes] | None = None
        started = False
        try:
            for _ in range(_MAX_FRAMES):
                frame = await read_frame(self.reader, self.output_bytes)
                if frame is None:
                    return await self._post_mortem(reports, started=started)
                started = started or frame.kind == "started"
                if frame.kind == "output":
                    output = frame.files()
                elif frame.kind == "done":
                    return self._evidence(End.FINISHED, reports, output)
                self._take(frame, reports)
        except FrameTooLarge:
            return self._evidence(End.OVERFLOWED, reports)
        except BrokenFrame as error:
            return self._evidence(End.DIED, reports, last_words=f"The build sent {error}.")
        return self._evidence(End.OVERFLOWED, reports)

    def _take(self, frame: Frame, reports: dict[str, ToolReport]) -> None:
        if frame.kind == "log" and self._log is not None:
            text = frame.header.get("text")
            for line in (text if isinstance(text, str) else "").splitlines()[:_MAX_FRAME_LINES]:
                self._log("check" if frame.header.get("stream") == "check" else "bundle", line[:_MAX_LINE])
        elif frame.kind in {"check", "bundle"}:
            reports[frame.kind] = tool_report(frame.header)

    def _evidence(
        self,
        end: End,
        reports: dict[str, ToolReport],
        output: dict[str, bytes] | None = None,
        last_words: str = "",
    ) -> Evidence:
        # One tool's process may have been killed and the runner have lived on to report it.
        if output is None and self.group is not None and self.group.oom_kills():
            end = End.OUT_OF_MEMORY
        return Evidence(
            end, reports.get("check"), reports.get("bundle"), output, self.process.returncode, last_words
        )

    async def _post_mortem(self, reports: dict[str, ToolReport], *, started: bool) -> Evidence:
        """The runner has closed its end before its work was done: it is dead or dying."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DYING_SECONDS):
                await self.process.wait()
                await self._printing
        words = "\n".join(self._last_words)
        end = End.DIED if started else End.NOT_STARTED
        if _OUT_OF_HEAP in words:
            end = End.OUT_OF_MEMORY
        return self._evidence(end, reports, last_words=words)

    async def _read_output(self) -> None:
        """What the tools and the app's own code print; the bundler is the one that speaks."""
        stream = self.process.stdout
        if stream is None:
            return
        for _ in range(_MAX_LINES):
            try:
                raw = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                raw = error.partial
            except asyncio.LimitOverrunError as error:
                raw = await stream.readexactly(error.consumed)
            if not raw:
                return
            line = storable(raw.decode(errors="replace").rstrip()[:_MAX_LINE])
            self._last_words.append(line)
            if self._log is not None:
                self._log("bundle", line)
        # More than anybody reads is dropped, so that the program is not held up by a full pipe.
        while await stream.read(_CHUNK):
            pass

    async def _end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.group is not None:
            self.group.kill()
        await self.process.wait()

    async def close(self) -> None:
        """Kills the whole tree, reads what it had printed, removes what it left; harmless when repeated."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        # To the end even when the caller is cancelled: nothing of a build may live on.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.writer.close()
        await self._end()
        await asyncio.wait([self._printing], timeout=_DYING_SECONDS)
        self._printing.cancel()
        deadline = asyncio.get_running_loop().time() + _REMOVE_SECONDS
        while self.group is not None and not self.group.remove():
            # The kernel lets go of a dead process a moment after its parent has seen the end.
            if asyncio.get_running_loop().time() > deadline:
                break
            self.group.kill()
            await asyncio.sleep(0.01)
        if self.cleanup is not None:
            self.cleanup()


class Isolation(Protocol):
    """Starts sandboxes; `check` raises IsolationUnavailable when it cannot.

    `sweep` removes what builders that are gone have left, and answers how much that was; it may block.
    """

    async def check(self) -> None:
        """Raises IsolationUnavailable unless builds can be contained here; once passed it costs nothing."""

    def sweep(self) -> int:
        """Removes what builders that are gone have left; how much that was. It may block."""

    async def start(self, modules: Path) -> Sandbox:
        """A new sandbox that sees these packages as `node_modules`; its `close` is the caller's to call."""


async def spawn(
    command: list[str], *, keep: tuple[int, ...] = (), env: Mapping[str, str], cwd: str, group: Cgroup | None,
    output_bytes: int, cleanup: Callable[[], None] | None = None,
) -> Sandbox:  # fmt: skip
    """Starts a runner and hands it, as its last argument, the number of the socket it takes its work from."""
    ours, theirs = socket.socketpair()
    try:
        process = await start_process(
            *command,
            str(theirs.fileno()),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(*keep, theirs.fileno()),
            env=dict(env),
            cwd=cwd,
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    reader, writer = await asyncio.open_connection(sock=ours)
    return Sandbox(process, reader, writer, group, output_bytes, cleanup)
