"""The command line of a sandbox: it sees nothing of the machine but Node and what Node links to."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder.clients.leftovers import OwnedFolder
from builder.clients.sandbox.cgroups import Cgroup
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node
from builder.errors import IsolationUnavailable

WORK = "/app"
NO_MODULES = "overskill-no-modules-"
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108  # the sandbox's own
    "TMPDIR": "/tmp",  # noqa: S108
    "PATH": "/usr/bin",
    "LANG": "C.UTF-8",
    "NODE_ENV": "production",
    "NO_COLOR": "1",
    "UV_USE_IO_URING": "0",
}

_RUNNER = Path(__file__).with_name("runner.mjs")
_TEMPORARY_BYTES = 64 * 1024**2
_JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 97; shift; done; shift; exec "$@"'
_STAGE = Path("/tmp")  # noqa: S108  # of a mount namespace of its own, hidden behind a fresh tmpfs


@dataclass(frozen=True)
class Programs:
    """The programs of the machine that make a sandbox."""

    bubblewrap: str
    setpriv: str | None

    @classmethod
    def find(cls) -> "Programs":
        """Looks for them on the PATH; raises IsolationUnavailable, which names what to install."""
        bubblewrap = shutil.which("bwrap")
        if bubblewrap is None:
            raise IsolationUnavailable(
                "bubblewrap is not installed, so generated code cannot be contained. Install it "
                "(apt-get install bubblewrap), or set BUILDER_ISOLATION=off to build without any isolation."
            )
        setpriv = shutil.which("setpriv")
        if os.geteuid() == 0 and setpriv is None:
            raise IsolationUnavailable("setpriv is missing, so root cannot be dropped. Install util-linux.")
        return cls(bubblewrap, setpriv)


def command(
    programs: Programs,
    node: Node,
    modules: Path,
    limits: Limits,
    group: Cgroup,
    filter_fd: int | None,
    uid: int,
    run: Sequence[str] | None = None,
) -> list[str]:
    """Joins the control group, drops root if it is root, and runs the runner in namespaces of its own.

    `run`: other arguments for the binary than those that make Node run the runner.
    """
    sources: tuple[Path, ...] = (node.binary, modules, _RUNNER)
    outer: list[str] = []
    if os.geteuid() == 0:
        outer, sources = _drop_root(programs, sources, uid)
    arguments = _namespaces() + _files(sources, node, limits)
    seccomp = ["--seccomp", str(filter_fd)] if filter_fd is not None else []
    joins = [str(path) for path in group.join_files]
    return [
        "/bin/sh",
        "-c",
        _JOIN,
        "sh",
        *joins,
        "--",
        *outer,
        programs.bubblewrap,
        *arguments,
        *seccomp,
        "--",
        "/node",
        *(run if run is not None else [*node_flags(limits), "/runner.mjs", WORK]),
    ]


@contextmanager
def no_modules() -> Iterator[Path]:
    """An empty node_modules that the sandbox's user can read."""
    folder = OwnedFolder(Path(tempfile.gettempdir()), NO_MODULES)
    try:
        folder.path.chmod(0o755)
        modules = folder.path / "node_modules"
        (modules / ".vite-temp").mkdir(parents=True)
        yield modules
    finally:
        folder.remove()


def node_flags(limits: Limits) -> list[str]:
    """V8 is to give up only where the control group does, never at a default taken from the machine."""
    return [f"--max-old-space-size={limits.memory_bytes // 1024**2}", "--no-warnings"]


def _drop_root(programs: Programs, sources: tuple[Path, ...], uid: int) -> tuple[list[str], tuple[Path, ...]]:
    """An outer stage with root's eyes: it shows the sources, wherever they are, to an ordinary user."""
    staged = tuple(_STAGE / str(number) for number in range(len(sources)))
    binds = [word for pair in zip(sources, staged, strict=True) for word in ("--ro-bind", *map(str, pair))]
    outer = [programs.bubblewrap, "--dev-bind", "/", "/", "--tmpfs", str(_STAGE), *binds, "--die-with-parent"]
    user = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return [*outer, "--", str(programs.setpriv), *user, "--no-new-privs"], staged


def _namespaces() -> list[str]:
    arguments = ["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    arguments += ["--unshare-cgroup-try", "--disable-userns", "--die-with-parent", "--new-session"]
    arguments += ["--cap-drop", "ALL", "--hostname", "build", "--clearenv"]
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    return arguments


def _files(sources: tuple[Path, ...], node: Node, limits: Limits) -> list[str]:
    binary, modules, runner = (str(source) for source in sources)
    arguments = ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    arguments += ["--size", str(_TEMPORARY_BYTES), "--tmpfs", "/tmp"]  # noqa: S108
    arguments += ["--size", str(limits.disk_bytes), "--tmpfs", WORK]
    arguments += ["--ro-bind", modules, f"{WORK}/node_modules"]
    arguments += ["--size", str(1024**2), "--tmpfs", f"{WORK}/node_modules/.vite-temp"]
    arguments += ["--ro-bind", binary, "/node", "--ro-bind", runner, "/runner.mjs"]
    for library in node.libraries:
        arguments += ["--ro-bind", os.path.realpath(library), str(library)]
    return [*arguments, "--chdir", WORK, "--remount-ro", "/"]
