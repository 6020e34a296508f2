"""What a person can do on a machine that does not let builds be contained."""

import os
from collections.abc import Mapping
from pathlib import Path

_CONTAINER_FILES = (Path("/.dockerenv"), Path("/run/.containerenv"))
# Switches of the kernel and of distributions for user namespaces, with what stops a sandbox.
_SWITCHES = {
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
    "user.max_user_namespaces": ("0", "10000"),
}
_OR_OFF = "Mend one of these, or set BUILDER_ISOLATION=off to build without any isolation."


def in_container() -> bool:
    """Whether Docker, Podman or Kubernetes started us, as they let it be seen."""
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(path.exists() for path in _CONTAINER_FILES)


def to_get_control_groups() -> str:
    """How this user gets control groups to write to."""
    if in_container():
        return f"{_container()}."
    if os.geteuid() == 0:
        return "Mount the control groups at /sys/fs/cgroup writable."
    return "Run as root, or put 'systemd-run --user --scope -p Delegate=yes' before the command."


def does_not_start(reason: str) -> str:
    """What to say when bubblewrap ended for `reason`."""
    stopping = _stopping_switches()
    if in_container():
        todo = _container()
    elif stopping:
        todo = f"Run as root: sysctl -w {' '.join(stopping)}"
    else:
        todo = "Allow user namespaces (docs/troubleshooting.md)"
    return f"A sandbox does not start: {reason.rstrip('.')}. {todo}."


def none_suffices(least: str, reasons: Mapping[str, str]) -> str:
    """What to say when no level from the strongest to the least one works; `reasons` by level."""
    every = " ".join(f"({level}) {reason}" for level, reason in reasons.items())
    return f"Builds cannot be contained as BUILDER_ISOLATION={least} asks. {every} {_OR_OFF}"


def _container() -> str:
    root = "" if os.geteuid() == 0 else ", be root in it"
    return f"Start the container with `docker run --privileged`{root} (for Kubernetes: deploy/README.md)"


def _stopping_switches() -> list[str]:
    found = []
    for name, (stops, allows) in _SWITCHES.items():
        path = Path("/proc/sys", *name.split("."))
        if path.exists() and path.read_text().strip() == stops:
            found.append(f"{name}={allows}")
    return found
