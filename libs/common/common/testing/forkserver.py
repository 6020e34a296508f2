"""`python -m common.testing.forkserver DESCRIPTOR MODULE [MORE ...]` runs MODULE as often as it is asked to.

It imports what MODULE needs once and forks a process for each request, which goes on as `python -m MODULE`
does: tests start services hundreds of times, and a service's imports cost seconds of CPU.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys

REQUEST_BYTES = 1 << 20
STATUS = struct.Struct("i")
PR_SET_PDEATHSIG = 1


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    module = sys.argv[2]
    for name in (f"{module}.main", *sys.argv[3:]):
        with contextlib.suppress(ImportError):  # told where it is run
            importlib.import_module(name)
    gc.freeze()  # a collection in a child would copy every page
    if fork_on_request(requests):
        sys.argv = [module]
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def fork_on_request(requests: socket.socket) -> bool:
    """Ends in each child with True, in the server with False when nobody can ask any more."""
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    reports: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _report_ended(reports)
        if requests in ready:
            body, descriptors, _, _ = socket.recv_fds(requests, REQUEST_BYTES, 2)
            if not body:
                return False  # the children end with us
            output, report = descriptors
            pid = os.fork()
            if pid == 0:
                for ours in (requests, woken, waker):
                    ours.close()
                for other in (report, *reports.values()):
                    os.close(other)
                _become(json.loads(body), output)
                return True
            os.close(output)
            reports[pid] = report
            _tell(report, pid)


def _become(environment: dict[str, str], output: int) -> None:
    """What exec, `setpriv --pdeathsig` and a session of its own do for others."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def _report_ended(reports: dict[int, int]) -> None:
    while reports:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        report = reports.pop(pid)
        _tell(report, os.waitstatus_to_exitcode(status))
        os.close(report)


def _tell(report: int, value: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(report, STATUS.pack(value))


if __name__ == "__main__":
    main()
