"""The command line of a sandbox: it sees nothing of the machine but Node and what Node links to."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from builder.clients.leftovers import OwnedFolder
from builder.clients.sandbox.limits import NICE, Limits, hard_limits, processors
from builder.clients.sandbox.node import Node
from builder.clients.sandbox.program import Program
from builder.clients.sandbox.users import SandboxUser
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
    # A sandbox lives for many builds: what one has freed shall not be kept for threads of the next.
    "MIMALLOC_PURGE_DELAY": "0",
    "MALLOC_ARENA_MAX": "2",
}
_YOUNG_MB = 8

_PROGRAMS = "/programs"
_TEMPORARY_BYTES = 64 * 1024**2
_DEVICES_BYTES = 64 * 1024
_DEVICES = ("null", "zero", "full", "urandom")
JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 97; shift; done; shift; exec "$@"'
_STAGE = Path("/tmp")  # noqa: S108  # of a mount namespace of its own, hidden behind a fresh tmpfs


@dataclass(frozen=True)
class Programs:
    """The programs of the machine that make a sandbox."""

    bubblewrap: str
    prlimit: str
    setpriv: str | None

    @classmethod
    def find(cls) -> "Programs":
        """Looks for them on the PATH; raises IsolationUnavailable, which names what to install."""
        bubblewrap = shutil.which("bwrap")
        if bubblewrap is None:
            raise IsolationUnavailable("bubblewrap is not installed: apt-get install bubblewrap.")
        setpriv, prlimit = shutil.which("setpriv"), shutil.which("prlimit")
        if prlimit is None or (os.geteuid() == 0 and setpriv is None):
            raise IsolationUnavailable("setpriv or prlimit is missing. Install util-linux.")
        return cls(bubblewrap, prlimit, setpriv)


def command(
    programs: Programs, node: Node, program: Program, modules: Path, limits: Limits, user: SandboxUser,
    filter_fd: int, join_files: Sequence[Path] = (), run: Sequence[str] | None = None,
) -> list[str]:  # fmt: skip
    """Joins the control groups, drops root if it is root, and runs the program in namespaces of its own.

    Without control groups it sets what limits there are beside them; the rest is a watchdog's.
    `run`: other arguments for the binary than those that make Node run the program.
    """
    sources: tuple[Path, ...] = (node.binary, modules, program.script.parent)
    outer: list[str] = []
    if user.own:
        outer, sources = drop_root(programs, sources, user.uid)
    hard = hard_limits(limits, watched=not join_files, own_user=user.own)
    cpus = ",".join(map(str, processors(limits)))
    return [
        programs.prlimit,
        *(f"--{name}={value}:{value}" for name, value in hard.items()),
        "--",
        *(() if join_files else ("nice", "-n", str(NICE), "taskset", "-c", cpus)),
        "/bin/sh",
        "-c",
        JOIN,
        "sh",
        *map(str, join_files),
        "--",
        *outer,
        programs.bubblewrap,
        *_namespaces(),
        *_files(sources, node, limits, has_proc=program.may_fork),
        "--seccomp",
        str(filter_fd),
        "--",
        "/node",
        *(run if run is not None else [*node_flags(limits), f"{_PROGRAMS}/{program.script.name}", WORK]),
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
    """V8 is to give up only where the control group does, never at a default taken from the machine.

    Its young generation, which never shrinks again, stays small.
    """
    old = f"--max-old-space-size={limits.memory_bytes // 1024**2}"
    return [old, f"--max-semi-space-size={_YOUNG_MB}", "--no-warnings"]


def drop_root(programs: Programs, sources: tuple[Path, ...], uid: int) -> tuple[list[str], tuple[Path, ...]]:
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


def _files(sources: tuple[Path, ...], node: Node, limits: Limits, *, has_proc: bool) -> list[str]:
    binary, modules, programs = (str(source) for source in sources)
    # Go looks there for its own program. It also tells paths of the machine, so generated code has none.
    arguments = ["--proc", "/proc"] if has_proc else []
    # No terminals: they are few, and shared by the machine.
    arguments += ["--size", str(_DEVICES_BYTES), "--tmpfs", "/dev"]
    for device in _DEVICES:
        arguments += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    arguments += ["--remount-ro", "/dev"]
    arguments += ["--size", str(_TEMPORARY_BYTES), "--tmpfs", "/tmp"]  # noqa: S108
    arguments += ["--size", str(limits.disk_bytes), "--tmpfs", WORK]
    arguments += ["--ro-bind", modules, f"{WORK}/node_modules"]
    arguments += ["--size", str(1024**2), "--tmpfs", f"{WORK}/node_modules/.vite-temp"]
    arguments += ["--ro-bind", binary, "/node", "--ro-bind", programs, _PROGRAMS]
    for library in node.libraries:
        arguments += ["--ro-bind", os.path.realpath(library), str(library)]
    return [*arguments, "--chdir", WORK, "--remount-ro", "/"]
