"""A sandbox without namespaces, for machines that forbid them: Landlock, no sockets, a watchdog."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from builder.clients.leftovers import OwnedFolder
from builder.clients.sandbox.bubblewrap import ENVIRONMENT, node_flags
from builder.clients.sandbox.launcher import landlock_version
from builder.clients.sandbox.limits import NICE, Limits, hard_limits, processors
from builder.clients.sandbox.node import Node
from builder.clients.sandbox.program import Program
from builder.clients.sandbox.users import SandboxUser
from builder.errors import IsolationUnavailable

PREFIX = "build-"

_LAUNCHER = Path(__file__).with_name("launcher.py")
_DEVICES = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/full", "/dev/urandom")))


def check_landlock() -> None:
    """Raises IsolationUnavailable where the kernel has no Landlock or does not use it."""
    if landlock_version() < 1:
        raise IsolationUnavailable(
            "The kernel has no Landlock (it is in Linux since 5.13, and in use where "
            "/sys/kernel/security/lsm names it)."
        )


@dataclass(frozen=True)
class WorkFolder:
    """A folder on disk with what a sandbox may write: `app`, which it begins in, and `tmp`."""

    owned: OwnedFolder
    app: Path
    temporary: Path

    @classmethod
    def make(cls, parent: Path, modules: Path, user: SandboxUser) -> "WorkFolder":
        """Belongs to the user, who sees these packages in it."""
        owned = OwnedFolder(parent, PREFIX)
        folder = cls(owned, owned.path / "app", owned.path / "tmp")
        owned.path.chmod(0o711)
        for path in (folder.app, folder.temporary):
            path.mkdir(mode=0o700)
            if user.own:
                os.chown(path, user.uid, user.uid)
        (folder.app / "node_modules").symlink_to(modules)
        return folder


def command(
    node: Node, program: Program, modules: Path, limits: Limits, user: SandboxUser, filter_fd: int,
    folder: WorkFolder, run: Sequence[str] | None = None,
) -> list[str]:  # fmt: skip
    """Has the launcher contain the program; `run`: other arguments for the binary than those that run it."""
    check_reach(user, node.binary, modules, program.script, folder.app)
    environment = {
        **ENVIRONMENT,
        "HOME": str(folder.temporary),
        "TMPDIR": str(folder.temporary),
        "OPENSSL_CONF": "/dev/null",
    }
    files = _files(node, program, modules, folder)
    arguments = run if run is not None else [*node_flags(limits), str(program.script), str(folder.app)]
    hard = hard_limits(limits, watched=True, own_user=user.own)
    restricted = Restricted(node.binary, arguments, files, folder.app, environment, hard)
    return launch(restricted, limits, user, filter_fd)


@dataclass(frozen=True)
class Restricted:
    """A program with its arguments, the files it may see (kinds: launcher.py), and its hard limits."""

    program: Path
    arguments: Sequence[str]
    files: Sequence[tuple[str, Path]]
    work: Path
    environment: Mapping[str, str]
    limits: Mapping[str, int]


def launch(restricted: Restricted, limits: Limits, user: SandboxUser, filter_fd: int) -> list[str]:
    """The command line of the launcher, which becomes the program."""
    devices = [("device", path) for path in _DEVICES if path.exists()]
    plan = {
        "filter": filter_fd,
        "parent": os.getpid(),
        "uid": user.uid if user.own else None,
        "limits": {name.upper(): value for name, value in restricted.limits.items()},
        "processors": processors(limits),
        "nice": NICE,
        "files": [(kind, str(path)) for kind, path in (*restricted.files, *devices)],
        "work": str(restricted.work),
        "program": str(restricted.program),
        "environment": dict(restricted.environment),
    }
    return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(plan), *restricted.arguments]


def _files(node: Node, program: Program, modules: Path, folder: WorkFolder) -> list[tuple[str, Path]]:
    found = [("execute", node.binary), ("read", program.script.parent)]
    # The packages bring the type checker as a program; nothing else in them is ever executed.
    found += [("execute" if program.may_fork else "read", modules)]
    found += [("execute", path) for path in node.libraries]
    return [*found, ("write", folder.app), ("write", folder.temporary)]


def check_reach(user: SandboxUser, *paths: Path) -> None:
    """Raises IsolationUnavailable when the sandbox's user may not go where it has to."""
    if not user.own:
        return
    for folder in {parent for path in paths for parent in path.resolve().parents}:
        if not folder.stat().st_mode & 0o001:
            raise IsolationUnavailable(
                f"{folder} is closed to other users, so the one who builds cannot reach what lies in it. "
                f"Move the installation (as to /srv), or: chmod o+x {folder}"
            )
