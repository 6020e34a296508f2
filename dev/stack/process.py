"""One supervised process: started, watched, restarted when it dies, stopped with everything it started."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, STDOUT
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from dev.stack.forked import Running, fork
from dev.stack.output import Output
from dev.stack.probes import Hopeless, Probe
from dev.stack.watch import Watch

PROBE_SECONDS = 0.03
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
WELL_SECONDS = 30.0
KILL_SECONDS = 5.0
TAIL_LINES = 40


@dataclass(frozen=True)
class Spec:
    """What to run. `ready` is asked until it names nothing that is missing any more.

    `forks` names the module that `command` runs, where a fork of a process that has imported it will do.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Probe
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 8.0
    forks: str | None = None


class StartFailedError(Exception):
    """A process ended before it ever served, or did not get ready in time."""

    def __init__(self, name: str, reason: str, tail: list[str] | None) -> None:
        """`tail`: the end of its log; None when the reason says it all."""
        if tail is None:
            super().__init__(f"{name} {reason}")
            return
        log = "\n".join(f"  {line}" for line in tail) or "  (it printed nothing)"
        super().__init__(f"{name} {reason}. The end of its log:\n{log}")
        self.name = name


class Process:
    """`start`, `stop` and `kill` say what is wanted; a task of its own sees to it."""

    def __init__(self, spec: Spec, output: Output, watch: Watch) -> None:
        self.spec = spec
        self.restarts = 0
        self.pid: int | None = None
        self._output = output
        self._watch = watch
        self._wanted = False
        self._served = False
        self._ready = asyncio.Event()
        self._hopeless = asyncio.Event()
        self._missing: str | None = None
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._task: asyncio.Task[None] | None = None
        self._process: Running | None = None

    def start(self) -> None:
        """Begin to run it, and keep it running. Does not wait."""
        if self._task is None or self._task.done():
            self._wanted = True
            self._task = asyncio.create_task(self._supervise(), name=f"supervise {self.spec.name}")

    async def wait_ready(self, seconds: float) -> None:
        """Raises StartFailedError when it ends before it ever served, or takes too long."""
        if self._task is None:
            raise StartFailedError(self.spec.name, "was not started", [])
        ready = asyncio.create_task(self._ready.wait())
        hopeless = asyncio.create_task(self._hopeless.wait())
        waiting = {ready, hopeless, self._task}
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            hopeless.cancel()
        if self._hopeless.is_set() and not self._ready.is_set():
            raise StartFailedError(self.spec.name, f"cannot serve: {self._missing}", None)
        if not self._ready.is_set():
            ended = self._task.done()
            reason = self._ending() if ended else f"was not ready after {seconds:.0f} s ({self._missing})"
            raise StartFailedError(self.spec.name, reason, list(self._tail))

    async def stop(self) -> None:
        """End it orderly; after `stop_seconds`, by SIGKILL."""
        await self._end(self.spec.stop_signal, self.spec.stop_seconds)

    async def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it and do not restart it until `start`."""
        await self._end(how, KILL_SECONDS)

    def restart(self) -> None:
        """End it orderly, to be started again; nothing when it is not running."""
        if self._wanted and self.pid is not None:
            self._signal(self.spec.stop_signal)

    async def _end(self, how: signal.Signals, seconds: float) -> None:
        self._wanted = False
        if self._task is None:
            return
        self._signal(how)
        _, pending = await asyncio.wait({self._task}, timeout=seconds)
        if pending:
            self._output.announce(f"{self.spec.name} did not end within {seconds:.0f} s and is killed")
            self._signal(signal.SIGKILL)
            await asyncio.wait({self._task})
        self._task = None

    def _signal(self, how: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            if self._task is not None:
                self._task.cancel()  # it only waits for its next attempt
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)

    async def _supervise(self) -> None:
        clock = asyncio.get_running_loop().time
        pause = FIRST_PAUSE
        while self._wanted:
            began = clock()
            await self._run_once()
            if not self._wanted or not self._served:
                return
            pause = FIRST_PAUSE if clock() - began > WELL_SECONDS else min(pause * 2, LONGEST_PAUSE)
            self._output.announce(f"{self.spec.name} {self._ending()}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            self.restarts += 1

    async def _run_once(self) -> None:
        self._tail.clear()
        process = await _run(self.spec)
        self._process, self.pid = process, process.pid
        self._watch.add(process.pid, self.spec.stop_signal)
        reading = asyncio.create_task(self._read(process))
        probing = asyncio.create_task(self._probe())
        try:
            await process.wait()
        finally:
            self._ready.clear()
            self.pid = None
            probing.cancel()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind
            self._watch.remove(process.pid)
            # A grandchild in a session of its own may hold the pipe open.
            await asyncio.wait({reading}, timeout=1)
            reading.cancel()

    async def _probe(self) -> None:
        while missing := await self.spec.ready(self._tail):
            self._missing = missing
            if isinstance(missing, Hopeless):
                self._hopeless.set()
            await asyncio.sleep(PROBE_SECONDS)
        self._served = True
        self._ready.set()

    async def _read(self, process: Running) -> None:
        if process.stdout is None:
            return
        rest = b""
        while chunk := await process.stdout.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self._tail.append(text)
        self._output.line(self.spec.name, text)

    def _ending(self) -> str:
        code = self._process.returncode if self._process else None
        if code is None:
            return "did not start"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with code {code}"


async def _run(spec: Spec) -> Running:
    if spec.forks is not None:
        return await fork(spec.forks, spec.environment)
    return await asyncio.create_subprocess_exec(
        *spec.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env=dict(spec.environment),
        start_new_session=True,
    )
