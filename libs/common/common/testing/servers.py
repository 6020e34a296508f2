"""Runs real servers for tests, on free ports and temporary state, with handles to break and mend them."""

import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from common.testing.nats import Nats
from common.testing.postgres import Postgres
from common.testing.tether import free_port

START_SECONDS = 120.0
STOP_SECONDS = 60.0


class Server(Protocol):
    """What a launcher of this package offers."""

    def initialise(self) -> None: ...

    def command(self) -> list[str]: ...

    def ready(self) -> bool: ...


S = TypeVar("S", bound=Server)


class Running(Generic[S]):
    """A server's process. `stop` and `start` again keep its port and its data."""

    def __init__(self, server: S, log: Path) -> None:
        self.server = server
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it serves."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.server.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.server.ready():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                self.stop(signal.SIGKILL)
                tail = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.server.command()[-1]} did not start (exit {ended}):\n{tail}")
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the process: SIGINT is orderly and fast for both servers, SIGKILL is a crash."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def running_postgres(folder: Path) -> Iterator[Running[Postgres]]:
    """A PostgreSQL without disk flushes; its superuser is `postgres`."""
    server = Postgres(folder / "postgres", free_port(), secrets.token_urlsafe(16), durable=False)
    with _running(server, folder / "postgres.log") as running:
        yield running


@contextmanager
def running_nats(folder: Path) -> Iterator[Running[Nats]]:
    """A NATS server with JetStream and no streams yet."""
    server = Nats(folder / "nats", free_port(), secrets.token_urlsafe(16))
    with _running(server, folder / "nats.log") as running:
        yield running


@contextmanager
def _running(server: S, log: Path) -> Iterator[Running[S]]:
    server.initialise()
    running = Running(server, log)
    running.start()
    try:
        yield running
    finally:
        running.stop()
