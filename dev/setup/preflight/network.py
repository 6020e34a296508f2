"""Ports the stack needs, and the registries that set-up asks."""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from dev.setup.preflight.finding import Finding
from dev.stack.config import ConfigError, StackConfig
from dev.stack.ports import PortTakenError, check_ports

ANSWER_SECONDS = 2.0
# The variables that name a registry, and the one asked without them.
REGISTRIES = {
    "PyPI": (("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"), "https://pypi.org"),
    "npm": (("npm_config_registry", "NPM_CONFIG_REGISTRY"), "https://registry.npmjs.org"),
}
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def check_stack_ports() -> Iterator[Finding]:
    """The stack itself says so too, but only after the set-up."""
    try:
        config = StackConfig.from_environment()
        if not _runs_already(config):
            check_ports(config.listeners())
    except (ConfigError, PortTakenError) as error:
        problem, _, mend = str(error).rpartition("\n")
        yield Finding(problem or mend, mend if problem else "Change or unset it.")


def check_registries(env: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Only a warning: a mirror may be set in a file, and a cache may have everything."""
    if any(env.get(name) for name in PROXIES):
        return
    addresses = {
        name: next((env[variable] for variable in variables if env.get(variable)), default)
        for name, (variables, default) in REGISTRIES.items()
    }
    with ThreadPoolExecutor(len(addresses)) as pool:
        reasons = pool.map(_unreachable, addresses.values())
        for (name, address), reason in zip(addresses.items(), reasons, strict=True):
            if reason:
                variable = REGISTRIES[name][0][0]
                yield Finding(
                    f"{name} does not answer at {urlsplit(address).hostname}: {reason}.",
                    f"Check the network; name a proxy by HTTPS_PROXY or a mirror by {variable}.",
                    hard=False,
                )


def _runs_already(config: StackConfig) -> bool:
    """Then its own start tells more than taken ports would."""
    try:
        descriptor = os.open(config.state / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _unreachable(address: str) -> str | None:
    parts = urlsplit(address)
    if parts.hostname is None:
        return None
    try:
        port = parts.port or (80 if parts.scheme == "http" else 443)
        socket.create_connection((parts.hostname, port), timeout=ANSWER_SECONDS).close()
    except (OSError, ValueError) as error:
        return str(error)
    return None
