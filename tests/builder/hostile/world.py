"""What hostile code aims at, and whether it is unharmed afterwards."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.node import find_node
from common.testing.tether import NOBODY
from dev.stack.config import ROOT
from tests.users import interpreter_for, run_as

MB = 1024**2
SECRET = "hunter2"
LIMITS = {
    "memory_bytes": 384 * MB,
    "cpus": 2,
    "processes": 64,
    "disk_bytes": 16 * MB,
    "output_bytes": 16 * MB,
}
PARTS = (ROOT, ROOT / "libs/common", ROOT / "services/builder")
DISKS = ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem")


@dataclass
class Targets:
    """Everything lies open to every user here: nothing but the sandbox keeps an attack from it."""

    folder: Path
    user: int
    victim: subprocess.Popen[bytes]
    listeners: dict[str, socket.socket]
    name: str = field(default_factory=lambda: f"overskill-{secrets.token_hex(6)}")

    @property
    def packages(self) -> Path:
        return self.folder / "packages/node_modules"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def told(self) -> dict[str, Any]:
        """What an attack is told of them."""
        return {
            "folder": str(self.folder / "target"),
            "secret": str(self.folder / "target/secret"),
            "home": str(self.folder / "home"),
            "neighbour": str(self.work / "build-neighbour"),
            "work": str(self.work),
            "cache": str(self.folder / "cache"),
            "packages": str(self.packages),
            "inside": "/app/node_modules",
            "port": self.listeners["tcp"].getsockname()[1],
            "socket": self.listeners["path"].getsockname(),
            "abstract": self.listeners["abstract"].getsockname()[1:].decode(),
            "victim": self.victim.pid,
            "builder": os.getpid(),
            "disk": next((path for path in DISKS if Path(path).exists()), "/dev/mem"),
            "name": self.name,
        }

    def state(self) -> dict[str, Any]:
        """All that an attack could have changed."""
        return {
            **{str(path): _described(path) for path in sorted(self.folder.rglob("*"))},
            "victim": (
                self.victim.poll(),
                _field(self.victim.pid, "State"),
                os.getpriority(0, self.victim.pid),
            ),
            "called": [name for name, one in self.listeners.items() if _was_called(one)],
            "planted": [str(path) for path in _planted(self.name)],
            "host": os.uname().nodename,
            "core": Path("/proc/sys/kernel/core_pattern").read_text(),
        }

    def attack(
        self, level: Level, code: str, *, native: bool = False, may_fork: bool = False, browser: bool = False,
        seconds: float = 30.0, limits: Mapping[str, Any] = LIMITS,
    ) -> dict[str, Any]:  # fmt: skip
        """Runs it in a sandbox of that level, started by this user; what the driver answers.

        `browser`: in the place of the browser, else of a tool of the build.
        """
        with tempfile.TemporaryDirectory(prefix="overskill-attack-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            script = folder / ("attack.py" if native else "attack.mjs")
            script.write_text(code)
            asked = {
                "level": level, "work": str(self.work), "modules": str(self.packages),
                "script": str(script), "node": str(find_node(None).binary),
                "may_fork": may_fork, "browser": browser, "limits": limits, "seconds": seconds,
            }  # fmt: skip
            (folder / "asked.json").write_text(json.dumps(asked))
            python = interpreter_for(NOBODY if os.geteuid() == 0 else self.user)
            program = f"exec {python} -m tests.builder.hostile.driver <$0"
            done = run_as(
                self.user, "sh", "-c", program, folder / "asked.json",
                PYTHONPATH=os.pathsep.join(map(str, PARTS)), NPM_TOKEN=SECRET,
            )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        lines = [line for line in answer["text"].splitlines() if line.startswith("FOUND ")]
        answer["found"] = {name: rest for name, *rest in (json.loads(line[6:]) for line in lines)}
        return answer


@contextmanager
def targets(user: int) -> Iterator[Targets]:
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="overskill-hostile-")))
        for name, content in {
            "target/secret": SECRET, "home/.npmrc": SECRET, "home/.ssh/id": SECRET,
            "cache/npm/index": "honest", "work/build-neighbour/app/App.tsx": SECRET,
            "packages/node_modules/pkg/index.js": "honest", "packages/node_modules/pkg/tool": "#!/bin/sh\n",
        }.items():  # fmt: skip
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        (folder / "packages/node_modules/.vite-temp").mkdir()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
            os.chown(path, user, user)
        victim = undo.enter_context(_victim(user))
        listeners = {
            "tcp": undo.enter_context(socket.create_server(("127.0.0.1", 0))),
            "path": undo.enter_context(socket.socket(socket.AF_UNIX)),
            "abstract": undo.enter_context(socket.socket(socket.AF_UNIX)),
        }
        listeners["path"].bind(str(folder / "target/socket"))
        listeners["abstract"].bind(f"\0overskill-{secrets.token_hex(6)}")
        for one in listeners.values():
            one.listen()
            one.setblocking(False)
        (folder / "target/socket").chmod(0o777)
        yield Targets(folder, user, victim, listeners)


@contextmanager
def _victim(user: int) -> Iterator[subprocess.Popen[bytes]]:
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*become, shutil.which("sleep") or "sleep", "600"]) as process:
        try:
            while _field(process.pid, "State") != "S":
                os.sched_yield()
            yield process
        finally:
            process.kill()


def _described(path: Path) -> tuple[Any, ...]:
    seen = path.lstat()
    content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    # The work folder itself changes with every sandbox, in and out.
    times = () if path.name == "work" else (seen.st_mtime_ns, seen.st_nlink)
    return (oct(seen.st_mode), seen.st_uid, seen.st_size, content, *times)


def _field(process: int, name: str) -> str:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def _was_called(listener: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        listener.accept()[0].close()
        return True
    return False


def _planted(name: str) -> Iterator[Path]:
    yield from (path for folder in ("/tmp", "/dev/shm", "/var/tmp") if (path := Path(folder, name)).exists())
    if f"@{name}" in Path("/proc/net/unix").read_text():
        yield Path(f"@{name}")
