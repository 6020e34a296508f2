"""Ties a child process to its parent, so that not even a SIGKILL of the parent leaves the child behind."""

import os
import random
import socket
from collections import deque
from collections.abc import Sequence

NOBODY = 65534

_MOST_RESERVATIONS = 300
_reservations: deque[int] = deque()
"""Descriptors of sockets named after the ports given out last; the end of the process frees them."""


def tethered(command: Sequence[str], signal_name: str = "KILL") -> list[str]:
    """The command, which the kernel sends `signal_name` to when the thread that started it ends."""
    return ["setpriv", "--pdeathsig", signal_name, "--", *command]


def unprivileged(command: Sequence[str], signal_name: str = "KILL") -> list[str]:
    """Tethered, and as nobody when we are root: PostgreSQL refuses to run as root.

    The capability lets it reach its files wherever the checkout lies, say below a home of mode 0700. The
    secure bit keeps it for `access(2)` too, by which PostgreSQL looks for its own programs.
    """
    if os.geteuid() != 0:
        return tethered(command, signal_name)
    identity = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    capabilities = ["--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"]
    capabilities += ["--securebits=+no_setuid_fixup"]
    return ["setpriv", *identity, *capabilities, "--pdeathsig", signal_name, "--", *command]


def free_port() -> int:
    """A port nobody listens on, outside the range the kernel hands to outgoing connections.

    No other process is given it while this one lives, unless this one has asked for hundreds since: tests
    that run beside each other choose their ports long before they listen on them.
    """
    while True:
        port = random.randrange(10_000, 32_000)
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0overskill-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        if len(_reservations) == _MOST_RESERVATIONS:
            os.close(_reservations.popleft())
        _reservations.append(reservation.detach())
        return port
