"""One sandbox: a program that works on one app's files, contained by whoever started it."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from builder.clients.processes import start_process
from builder.clients.sandbox.bounds import Bounds
from builder.clients.sandbox.frames import BrokenFrame, Frame, FrameTooLarge, encode, read_frame
from builder.clients.sandbox.reports import output_of, storable, tool_report
from builder.clients.sandbox.urgency import Urgency
from builder.domain.evidence import End, Evidence, Output, ToolReport, Usage

LogLine = Callable[[str, str], None]
"""Takes a stream's name and a line."""

_MAX_LINE = 4096
_MAX_LINES = 20_000
_MAX_FRAMES = 20_000
_MAX_FRAME_LINES = 200
_CHUNK = 64 * 1024
_MAX_RAW = 4 * _MAX_LINE
_LAST_WORDS = 20
# What was killed needs the processor once more to end, which a busy machine gives it late.
_REMOVE_SECONDS = 60.0
_DYING_SECONDS = 10.0
_OUT_OF_HEAP = "heap out of memory"


@dataclass
class Sandbox:
    """A started program, `name`d as the stream of its log. `cleanup` runs once the process is gone."""

    name: str
    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    incoming: asyncio.BaseTransport
    group: Bounds | None
    output_bytes: int
    cleanup: Callable[[], None] | None = None
    _last_words: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_WORDS))
    _log: LogLine | None = None
    _printed: int = 0
    _closing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._printing = asyncio.create_task(self._read_output())

    @property
    def alive(self) -> bool:
        """Whether it can still take work: it runs and nobody has begun to close it."""
        return self.process.returncode is None and self._closing is None

    def memory_bytes(self) -> int:
        """What it takes now; 0 where nobody counts."""
        return self.group.memory_bytes() if self.group is not None else 0

    def cpu_seconds(self) -> float:
        """What it has used so far; 0 where nobody counts."""
        return self.group.cpu_seconds() if self.group is not None else 0.0

    def warm_up(self, files: Mapping[str, bytes]) -> None:
        """Has the program work on trusted files first, at low priority; `run` may follow at any time."""
        if self.group is not None:
            self.group.yield_cpu()
        self.writer.write(encode("warm", files))

    async def run(
        self,
        files: Mapping[str, bytes],
        seconds: float,
        log: LogLine,
        *,
        urgency: Urgency | None = None,
        **fields: object,
    ) -> Evidence:
        """Has the files worked on, for `seconds` at most; whatever comes, `close` is the caller's to call."""
        urgency = urgency or Urgency()
        self._log, self._printed = log, 0
        for line in self._last_words:
            log(self.name, line)
        if self.group is not None:
            urgency.apply(self.group)
        began, before = time.monotonic(), self.cpu_seconds()
        try:
            async with asyncio.timeout(seconds):
                self.writer.write(encode("work", files, **fields))
                evidence = await self._observe()
        except TimeoutError:
            evidence = Evidence(End.TIMED_OUT)
        finally:
            self._log = None
            self._last_words.clear()
        if self.group is not None:
            urgency.leave(self.group)
        taken = self.memory_bytes() * (time.monotonic() - began)
        return replace(evidence, usage=Usage(max(0.0, self.cpu_seconds() - before), taken))

    async def _observe(self) -> Evidence:
        report: ToolReport | None = None
        output: Output | None = None
        started = False
        try:
            for _ in range(_MAX_FRAMES):
                frame = await read_frame(self.reader, self.output_bytes)
                if frame is None:
                    return await self._post_mortem(report, started=started)
                started = started or frame.kind == "started"
                if frame.kind == "output":
                    output = output_of(frame)
                elif frame.kind == "report":
                    report = tool_report(frame.header)
                elif frame.kind == "log":
                    self._note(frame)
                elif frame.kind == "done":
                    return self._evidence(End.FINISHED, report, output)
        except FrameTooLarge:
            return self._evidence(End.OVERFLOWED, report)
        except BrokenFrame as error:
            return self._evidence(End.DIED, report, last_words=f"The build sent {error}.")
        return self._evidence(End.OVERFLOWED, report)

    def _note(self, frame: Frame) -> None:
        text = frame.header.get("text")
        for line in (text if isinstance(text, str) else "").splitlines()[:_MAX_FRAME_LINES]:
            if line.strip():
                self._keep(storable(line[:_MAX_LINE]))

    def _evidence(
        self, end: End, report: ToolReport | None, output: Output | None = None, last_words: str = ""
    ) -> Evidence:
        # A tool's own process may have been killed and the program have lived on to report it.
        if (report is None or report.crash is not None) and self.group is not None and self.group.oom_kills():
            end = End.OUT_OF_MEMORY
        return Evidence(end, report, output, self.process.returncode, last_words)

    async def _post_mortem(self, report: ToolReport | None, *, started: bool) -> Evidence:
        """The program has closed its end before its work was done: it is dead or dying."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DYING_SECONDS):
                await self.process.wait()
                await self._printing
        words = "\n".join(self._last_words)
        end = End.DIED if started else End.NOT_STARTED
        # Nothing inside can end the outermost process: a signal to it came from the machine.
        if self.process.returncode in {-signal.SIGKILL, -signal.SIGTERM}:
            end = End.INTERRUPTED
        if _OUT_OF_HEAP in words:
            end = End.OUT_OF_MEMORY
        return self._evidence(end, report, last_words=words)

    async def _read_output(self) -> None:
        """What is printed past the frames, as by a dying process."""
        stream = self.process.stdout
        while stream is not None:
            if self._printed >= _MAX_LINES:  # dropped, so that no program is held up by a full pipe
                if not await stream.read(_CHUNK):
                    return
                continue
            try:
                raw = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as error:
                raw = error.partial
            except asyncio.LimitOverrunError as error:
                raw = await stream.readexactly(error.consumed)
            if not raw:
                return
            self._printed += 1
            self._keep(storable(raw[:_MAX_RAW].decode(errors="replace").rstrip()[:_MAX_LINE]))

    def _keep(self, line: str) -> None:
        self._last_words.append(line)
        if self._log is not None:
            self._log(self.name, line)

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
        # Nobody reads what is still in it, so its end would never be seen.
        self.incoming.close()
        await self._end()
        await asyncio.wait([self._printing], timeout=_DYING_SECONDS)
        self._printing.cancel()
        if self.group is not None:
            await give_up(self.group)
        if self.cleanup is not None:
            await asyncio.to_thread(self.cleanup)


async def give_up(bounds: Bounds) -> None:
    """Kills what is in it and removes it, as soon as the kernel has let go of what was killed."""
    deadline = asyncio.get_running_loop().time() + _REMOVE_SECONDS
    while not await asyncio.to_thread(bounds.remove) and asyncio.get_running_loop().time() < deadline:
        await asyncio.to_thread(bounds.kill)
        await asyncio.sleep(0.01)


async def spawn(
    name: str, command: list[str], *, keep: tuple[int, ...] = (), env: Mapping[str, str], cwd: str,
    group: Bounds | None, output_bytes: int, cleanup: Callable[[], None] | None = None,
) -> Sandbox:  # fmt: skip
    """Starts a program and hands it, as its last arguments, the pipes it hears and speaks by.

    Pipes and no socket: a socket would reach into the network namespace it was made in.
    """
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    try:
        process = await start_process(
            *command,
            str(theirs_in),
            str(theirs_out),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=(*keep, theirs_in, theirs_out),
            env=dict(env),
            cwd=cwd,
        )
    except BaseException:
        os.close(ours_in)
        os.close(ours_out)
        raise
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    try:
        reader, writer, incoming = await _streams(ours_in, ours_out)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    return Sandbox(name, process, reader, writer, incoming, group, output_bytes, cleanup)


async def _streams(
    incoming: int, outgoing: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.BaseTransport]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    source, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(incoming, "rb", buffering=0))
    try:
        target, flow = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(outgoing, "wb", buffering=0)
        )
    except BaseException:
        source.close()
        raise
    return reader, asyncio.StreamWriter(target, flow, None, loop), source
