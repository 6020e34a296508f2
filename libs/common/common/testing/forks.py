"""Starts services as processes forked from one that has imported their modules already, see `forkserver`."""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache

from common.testing.forkserver import STATUS
from common.testing.tether import tethered

_LATER = {"orchestrator": ("anthropic", "openai")}
"""What a service imports when it has started."""


class Forked:
    """A forked process, used as `subprocess.Popen` is."""

    def __init__(self, module: str, report: int) -> None:
        self.returncode: int | None = None
        self._module = module
        self._report = report
        pid = self._read()
        if pid is None:
            raise RuntimeError(f"The process that {module} is forked from has ended; its reason is on stderr")
        self.pid = pid

    def fileno(self) -> int:
        """Of what can be read once the process has ended, and not before."""
        return self._report

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises TimeoutExpired after `timeout` seconds."""
        code = self._ended(None if timeout is None else timeout * 1000)
        if code is None:
            raise subprocess.TimeoutExpired(self._module, timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, milliseconds: float | None) -> int | None:
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._report, select.POLLIN)
            if poll.poll(milliseconds):
                told = self._read()
                # A server that has ended took its children with it.
                self.returncode = -signal.SIGKILL if told is None else told
                os.close(self._report)
        return self.returncode

    def _read(self) -> int | None:
        """The server's next number; None when it has ended."""
        told = os.read(self._report, STATUS.size)
        return int(STATUS.unpack(told)[0]) if told else None


def fork_service(module: str, environment: Mapping[str, str], output: int) -> Forked:
    """As `python -m MODULE` with stdout and stderr to the descriptor `output`, in a session of its own.

    It ends, by SIGKILL, when this process does.
    """
    mine, theirs = os.pipe()
    try:
        request = json.dumps(dict(environment)).encode()
        socket.send_fds(_server(module), [request], [output, theirs])
    finally:
        os.close(theirs)
    return Forked(module, mine)


def start_service(
    module: str, environment: Mapping[str, str], output: int
) -> Forked | subprocess.Popen[bytes]:
    """As `fork_service`; an interpreter of its own where that is needed."""
    if forkable(environment):
        return fork_service(module, environment, output)
    command = tethered([sys.executable, "-m", module])
    return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


def forkable(environment: Mapping[str, str]) -> bool:
    """Whether a process may be forked: what is to be measured has to begin with an interpreter of its own."""
    return not any(name.startswith("COVERAGE_") for name in environment)


@cache
def _server(module: str) -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = [sys.executable, "-m", "common.testing.forkserver", str(theirs.fileno())]
    with theirs:
        # It ends when our end of the socket does. A tether would tie it to the thread that asked first.
        server = subprocess.Popen(
            [*program, module, *_LATER.get(module, ())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    atexit.register(_end, server, ours)
    return ours


def _end(server: subprocess.Popen[bytes], requests: socket.socket) -> None:
    requests.close()
    server.wait()
