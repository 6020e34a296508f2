"""Sandboxes kept ready: some that have only seen a template, for apps to come, and those of active apps.

The former serve every template with the same packages: all else of it is laid anew for each build.
"""

import asyncio
import signal
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from builder.clients.aside import Aside
from builder.clients.calm import Calm
from builder.clients.sandbox.process import LogLine, Sandbox
from builder.clients.sandbox.program import BUNDLER, CHECKER, Program
from builder.clients.sandbox.runner import Runner
from builder.clients.sandbox.urgency import Urgency
from builder.domain.evidence import End, Evidence

_PROGRAMS = (CHECKER, BUNDLER)
_LOOK_SECONDS = 5.0
# How a sandbox may end because of what earlier builds have left in it.
_WORN_OUT = frozenset({End.DIED, End.NOT_STARTED, End.INTERRUPTED, End.OUT_OF_MEMORY})
# The status of a program that SIGKILL has ended. Nothing inside a sandbox can send that, so it came from the
# machine; but a program can also end itself with this number, and is believed only once.
_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True)
class SandboxBase:
    """What a sandbox is made for: a template's files, their locks, and its installed packages.

    `key` tells it from others. Not `shared`: one app's own packages are among them.
    """

    key: str
    files: Mapping[str, bytes]
    modules: Path
    locked: tuple[str, ...] = ()
    shared: bool = True


@dataclass(frozen=True)
class Keeping:
    """How many sandboxes of a program wait for new apps, and for how long active apps' are kept.

    `app_bytes` bounds the memory of the latter together, `sandbox_bytes` that of each: the bundler's grows
    with every build, by about 15 MB, and by 25 MB where it makes pages, as bundlers leave behind what they
    know of an app. A fresh one costs less than a build that runs out of memory.
    """

    ready: int
    app_bytes: int
    sandbox_bytes: int
    app_seconds: float


@dataclass
class Loan:
    """A sandbox in the hands of one build."""

    pool: "SandboxPool"
    program: Program
    base: SandboxBase
    sandbox: Sandbox
    reused: bool
    urgency: Urgency
    good: bool = False
    """Whether another build of the app may have it."""

    async def run(
        self, files: Mapping[str, bytes], seconds: float, log: LogLine, **fields: object
    ) -> Evidence:
        """As Sandbox.run. What earlier builds or the machine may have spoilt is done once more, afresh."""
        began = time.monotonic()
        evidence = await self.sandbox.run(files, seconds, log, urgency=self.urgency, **fields)
        killed = evidence.end is End.DIED and evidence.exit_code == _KILLED
        if killed or (self.reused and evidence.end in _WORN_OUT):
            await self.sandbox.close()
            self.sandbox, self.reused = await self.pool.fresh(self.program, self.base), False
            left = max(1.0, seconds - (time.monotonic() - began))
            evidence = await self.sandbox.run(files, left, log, urgency=self.urgency, **fields)
        report = evidence.report
        harmless = report is not None and report.crash is None and (report.ok or self.program == CHECKER)
        self.good = evidence.end is End.FINISHED and harmless
        return evidence


@dataclass
class _Warm:
    """An app's own sandbox between two of its builds."""

    base_key: str
    sandbox: Sandbox
    since: float = field(default_factory=time.monotonic)


class SandboxPool:
    """Lends sandboxes. No two apps ever share one; an app's own serve its next builds while it is active.

    Those for apps to come are started when it is `calm`.
    """

    def __init__(self, runner: Runner, keeping: Keeping, calm: Calm) -> None:
        self._runner = runner
        self._keeping = keeping
        self._calm = calm
        self._ready: defaultdict[Program, deque[tuple[Path, Sandbox]]] = defaultdict(deque)
        self._apps: OrderedDict[tuple[Program, str], _Warm] = OrderedDict()
        self._aside = Aside("a sandbox could not be started ahead")
        self._fills: set[asyncio.Task[None]] = set()
        self._filling = asyncio.Lock()
        self._closed = False

    @asynccontextmanager
    async def lend(
        self, program: Program, base: SandboxBase, app_id: str, urgency: Urgency | None = None
    ) -> AsyncIterator[Loan]:
        """The app's own sandbox or a fresh one; kept for the app's next build when it was good."""
        own = self._own(program, base, app_id)
        sandbox = own or await self.fresh(program, base)
        loan = Loan(self, program, base, sandbox, own is not None, urgency or Urgency())
        try:
            yield loan
        except BaseException:
            await loan.sandbox.close()
            raise
        if loan.good and not self._closed and loan.sandbox.memory_bytes() <= self._keeping.sandbox_bytes:
            self._keep(loan, app_id)
        else:
            self._aside.start(loan.sandbox.close())

    async def fresh(self, program: Program, base: SandboxBase) -> Sandbox:
        """The sandbox that has been warming up longest, or a cold one; no app was in it."""
        ready = self._ready[program]
        for entry in list(ready):
            modules, sandbox = entry
            if modules == base.modules or not sandbox.alive:
                ready.remove(entry)
                if sandbox.alive:
                    return sandbox
                self._aside.start(sandbox.close())
        return await self._runner.start(program, base.modules)

    def refill(self, base: SandboxBase) -> None:
        """Starts what is missing for apps to come, in the background."""
        if self._keeping.ready > 0 and not self._closed:
            fill = self._aside.start(self._fill(base))
            self._fills.add(fill)
            fill.add_done_callback(self._fills.discard)

    async def evict_loop(self) -> None:
        """Ends the sandboxes of apps that have not been built for a while."""
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, self._keeping.app_seconds / 2))
            oldest = time.monotonic() - self._keeping.app_seconds
            for key, warm in list(self._apps.items()):
                if warm.since <= oldest or not warm.sandbox.alive:
                    del self._apps[key]
                    await warm.sandbox.close()

    def _own(self, program: Program, base: SandboxBase, app_id: str) -> Sandbox | None:
        warm = self._apps.pop((program, app_id), None)
        if warm is None:
            return None
        if warm.base_key == base.key and warm.sandbox.alive:
            return warm.sandbox
        self._aside.start(warm.sandbox.close())
        return None

    def _keep(self, loan: Loan, app_id: str) -> None:
        replaced = self._apps.pop((loan.program, app_id), None)
        if replaced is not None:  # two builds of the app at once
            self._aside.start(replaced.sandbox.close())
        self._apps[loan.program, app_id] = _Warm(loan.base.key, loan.sandbox)
        while self._apps and self.app_bytes() > self._keeping.app_bytes:
            _, oldest = self._apps.popitem(last=False)
            self._aside.start(oldest.sandbox.close())

    def app_count(self) -> int:
        """How many sandboxes wait for the next builds of their apps."""
        return len(self._apps)

    def app_bytes(self) -> int:
        """The memory that the sandboxes of active apps take while they wait."""
        return sum(warm.sandbox.memory_bytes() for warm in self._apps.values())

    async def _fill(self, base: SandboxBase) -> None:
        async with self._filling:
            for program in _PROGRAMS:
                await self._fill_program(program, base)

    async def _fill_program(self, program: Program, base: SandboxBase) -> None:
        ready = self._ready[program]
        # Looked up anew after each: others may be taken meanwhile.
        while other := next((entry for entry in ready if entry[0] != base.modules), None):
            ready.remove(other)
            await other[1].close()
        while len(ready) < self._keeping.ready and not self._closed:
            await self._calm.wait()
            sandbox = await self._runner.start(program, base.modules)
            sandbox.warm_up(base.files)
            ready.append((base.modules, sandbox))

    async def close(self) -> None:
        """Kills every waiting sandbox."""
        self._closed = True
        for fill in self._fills:
            fill.cancel()
        await self._aside.wait()
        waiting = [sandbox for ready in self._ready.values() for _, sandbox in ready]
        waiting += [warm.sandbox for warm in self._apps.values()]
        await asyncio.gather(*(sandbox.close() for sandbox in waiting))
        self._apps.clear()
        for ready in self._ready.values():
            ready.clear()
