"""The whole stack as an object: for the command line, and for tests on free ports and temporary state."""

import asyncio
import signal
from collections.abc import Coroutine
from types import TracebackType
from typing import Self

from common.testing.nats import Nats
from common.testing.postgres import Postgres
from dev.stack.config import StackConfig
from dev.stack.credentials import load_credentials
from dev.stack.databases import provision
from dev.stack.environment import database_url
from dev.stack.lock import StateLock, lock_state
from dev.stack.output import FileOutput, Output
from dev.stack.ports import check_ports
from dev.stack.process import Process, Spec
from dev.stack.specs import (
    SERVICES,
    edge_spec,
    mail_spec,
    nats_spec,
    postgres_spec,
    service_spec,
    simulator_spec,
)
from dev.stack.storage import mend_storage
from dev.stack.watch import Watch

# A busy machine takes long; what ends or cannot serve is told at once.
START_SECONDS = 300.0
# Users of a thing end before it.
STOP_ORDER = (SERVICES, ("simulator", "edge", "mail"), ("nats", "postgres"))


class Stack:
    """`async with Stack(config) as stack:` serves in the block and leaves nothing behind."""

    def __init__(self, config: StackConfig, output: Output | None = None) -> None:
        self.config = config
        self.output = output or FileOutput(config.state / "logs")
        self.processes: dict[str, Process] = {}
        self.credentials: dict[str, str] = {}
        self._lock: StateLock | None = None
        self._watch: Watch | None = None
        self._mending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._lock = lock_state(self.config.state, self.api_url)
        try:
            check_ports(self.config.listeners())
            self.credentials = load_credentials(self.config.state / "credentials.json")
            self._watch = Watch(self._lock.descriptor)
            await self._start_all(self._watch)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def api_url(self) -> str:
        return self.config.url("orchestrator")

    @property
    def api_key(self) -> str:
        return self.credentials["api_key"]

    @property
    def simulator_url(self) -> str:
        return self.config.url("simulator")

    @property
    def edge_apps_url(self) -> str:
        """Where all apps answer; the Host header chooses one."""
        return self.config.url("apps")

    @property
    def edge_s3_url(self) -> str:
        return self.config.url("s3")

    @property
    def nats_url(self) -> str:
        return self._nats().url

    def app_url(self, script: str) -> str:
        return f"http://{script}.localhost:{self.config.ports['apps']}"

    def database_url(self, role: str) -> str:
        return database_url(self.config, self.credentials, role)

    def pid(self, name: str) -> int | None:
        """The process id while it runs."""
        return self.processes[name].pid

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a process, by default as a crash does; it stays down until `start`."""
        await self.processes[name].kill(how)

    async def start(self, name: str) -> None:
        """Start a process that was killed; `wait_ready` waits until it serves."""
        self.processes[name].start()

    async def wait_ready(self, *names: str) -> None:
        """Until all processes, or those named, serve; raises StartFailedError."""
        wanted = names or tuple(self.processes)
        await _together(*(self.processes[name].wait_ready(START_SECONDS) for name in wanted))

    async def close(self) -> None:
        """Stop everything in order; harmless when it was done already."""
        if self._mending is not None:
            self._mending.cancel()
            await asyncio.wait({self._mending})
            self._mending = None
        for names in STOP_ORDER:
            await asyncio.gather(*(self.processes[name].stop() for name in names if name in self.processes))
        self.processes.clear()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self.output.close()

    async def _start_all(self, watch: Watch) -> None:
        if self.config.runs("edge"):
            (self.config.state / "edge").mkdir(mode=0o700, exist_ok=True)
            self._run(edge_spec(self.config, self.credentials), watch)
        if self.config.runs("simulator"):
            self._run(simulator_spec(self.config), watch)
        if self.config.runs("mail"):
            self._run(mail_spec(self.config), watch)
        await _together(self._start_nats(watch), self._start_postgres(watch))
        for name in filter(self.config.runs, SERVICES):
            self._run(service_spec(self.config, self.credentials, name), watch)
        await self.wait_ready()

    async def _start_nats(self, watch: Watch) -> None:
        if not self.config.runs("nats"):
            return
        server = self._nats()
        server.initialise()
        process = self._run(nats_spec(server), watch)
        await process.wait_ready(START_SECONDS)
        mending = mend_storage(process, self.config.ports["nats_monitor"], server.folder, self.output)
        self._mending = asyncio.create_task(mending, name="mend storage")

    async def _start_postgres(self, watch: Watch) -> None:
        if not self.config.runs("postgres"):
            return
        server = self._postgres()
        await asyncio.to_thread(server.initialise)
        await self._run(postgres_spec(server), watch).wait_ready(START_SECONDS)
        await asyncio.to_thread(provision, server, self.credentials)

    def _run(self, spec: Spec, watch: Watch) -> Process:
        process = Process(spec, self.output, watch)
        self.processes[spec.name] = process
        process.start()
        return process

    def _nats(self) -> Nats:
        ports = self.config.ports
        folder = self.config.state / "nats"
        return Nats(folder, ports["nats"], self.credentials["nats"], ports["nats_monitor"])

    def _postgres(self) -> Postgres:
        folder = self.config.state / "postgres"
        return Postgres(folder, self.config.ports["postgres"], self.credentials["postgres"])


async def _together(*work: Coroutine[object, object, None]) -> None:
    """Run side by side; the first failure cancels the others and is raised itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in work:
                group.create_task(one)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
