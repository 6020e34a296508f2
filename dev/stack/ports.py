"""Finds out before the start which ports are taken, and by whom."""

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path

from dev.stack.config import BASE_VARIABLE, port_variable

LISTENING = "0A"


class PortTakenError(Exception):
    """A port the stack needs is in use; the message names the holder and the variable to set."""


def check_ports(ports: Mapping[str, int]) -> None:
    """Raises PortTakenError, which tells of all taken ports at once."""
    taken = [
        f"Port {port} ({name}) is taken by {_holder(port)}. Stop it, or set {port_variable(name)}."
        for name, port in ports.items()
        if not _is_free(port)
    ]
    if taken:
        hint = f"{BASE_VARIABLE}=20000 moves all ports at once."
        raise PortTakenError("\n".join([*taken, hint]))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _holder(port: int) -> str:
    """The process that listens, as far as we may see it."""
    inodes = _listening_inodes(port)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for descriptor in (folder / "fd").iterdir():
                if str(descriptor.readlink()) in inodes:
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    return f"`{command.strip()[:80]}` (process {folder.name})"
    return "a process of another user"


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{columns[9]}]")
    return inodes
