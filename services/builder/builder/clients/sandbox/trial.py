"""`python -m builder.clients.sandbox.trial` exits with 1 and the reason where builds cannot be contained.

It makes a sandbox as for a build, with a shell in the place of Node. It needs the standard library only, so
that set-up can ask before anything is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from builder.clients.sandbox.advice import does_not_start
from builder.clients.sandbox.bubblewrap import Programs, command, no_modules
from builder.clients.sandbox.cgroups import Cgroups
from builder.clients.sandbox.limits import SANDBOX_UID, Limits
from builder.clients.sandbox.node import Node, libraries_of
from builder.clients.sandbox.seccomp import filter_descriptor
from builder.errors import IsolationUnavailable
from common.errors import AppError

_MB = 1024**2
_SECONDS = 30.0
_LIMITS = Limits(memory_bytes=128 * _MB, cpus=1.0, processes=64, disk_bytes=16 * _MB, output_bytes=_MB)


def contain_a_shell() -> None:
    """Raises IsolationUnavailable unless it starts and ends well."""
    programs, cgroups = Programs.find(), Cgroups.detect()
    shell = Path(shutil.which("sh") or "/bin/sh").resolve()
    node = Node(shell, shell, libraries_of(shell))
    group = cgroups.create(_LIMITS)
    seccomp = filter_descriptor()
    try:
        with no_modules() as modules:
            line = command(programs, node, modules, _LIMITS, group, seccomp, SANDBOX_UID, ["-c", ":"])
            done = subprocess.run(  # noqa: S603
                line, pass_fds=() if seccomp is None else (seccomp,), env={}, cwd="/",
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise IsolationUnavailable(does_not_start(f"it hangs for {_SECONDS:.0f} s")) from None
    finally:
        group.kill()
        group.remove()
        if seccomp is not None:
            os.close(seccomp)
    if done.returncode != 0:
        raise IsolationUnavailable(does_not_start(done.stderr.strip() or f"exit code {done.returncode}"))


if __name__ == "__main__":
    try:
        contain_a_shell()
    except AppError as error:
        sys.exit(error.message)
