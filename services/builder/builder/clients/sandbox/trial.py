"""`python -m builder.clients.sandbox.trial LEVEL` prints how well builds are contained here, why no better.

It exits with 1 and the reasons where that is below the level. It makes sandboxes as for a build, with
a shell in the place of Node. It needs the standard library only, so that set-up can ask before anything is
installed.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from builder.clients.sandbox.advice import does_not_start, none_suffices
from builder.clients.sandbox.bubblewrap import no_modules
from builder.clients.sandbox.levels import Job, Level, Way, ways
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node, libraries_of
from builder.clients.sandbox.program import PROBE
from builder.clients.sandbox.users import SandboxUsers
from builder.errors import IsolationUnavailable
from common.errors import AppError

_MB = 1024**2
_SECONDS = 30.0
_LIMITS = Limits(memory_bytes=128 * _MB, cpus=1.0, processes=64, disk_bytes=16 * _MB, output_bytes=_MB)


def strongest(least: Level) -> tuple[Level, dict[str, str]]:
    """The strongest level at which a shell starts and ends well, and why stronger ones do not do.

    Raises IsolationUnavailable when none from there to the least one does.
    """
    reasons: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        for level, make in ways(least, SandboxUsers(), Path(folder)):
            try:
                _contain_a_shell(make())
            except IsolationUnavailable as error:
                reasons[level] = error.message
            else:
                return level, reasons
    raise IsolationUnavailable(none_suffices(least, reasons))


def _contain_a_shell(way: Way) -> None:
    shell = Path(shutil.which("sh") or "/bin/sh").resolve()
    node = Node(shell, shell, libraries_of(shell))
    with ExitStack() as undo, no_modules() as modules:
        prepared = way.prepare(Job(node, PROBE, modules, _LIMITS, ["-c", ":"]))
        undo.callback(prepared.abandon)
        try:
            done = subprocess.run(  # noqa: S603
                prepared.line, pass_fds=(prepared.filter_fd,), env={}, cwd="/",
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise IsolationUnavailable(does_not_start(f"it hangs for {_SECONDS:.0f} s")) from None
    if done.returncode != 0:
        raise IsolationUnavailable(does_not_start(done.stderr.strip() or f"exit code {done.returncode}"))


if __name__ == "__main__":
    try:
        found, failed = strongest(Level(sys.argv[1]))
    except (AppError, ValueError) as error:
        sys.exit(error.message if isinstance(error, AppError) else f"BUILDER_ISOLATION: {error}.")
    sys.stdout.write("\n".join([found, *failed.values(), ""]))
