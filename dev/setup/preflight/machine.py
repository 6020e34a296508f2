"""The machine and the user: kernel, folder, memory, disk, identity."""

import os
import platform
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common.testing.tether import unprivileged
from dev.setup.preflight.finding import Finding

GB = 10**9
MACHINES = {"x86_64", "aarch64"}
# Measured: packages of Python and the edge, then an app's packages and state.
SETUP_BYTES = 1.6 * GB
STATE_BYTES = 0.4 * GB
# About 0.7 GB for the stack, twice 0.2 GB for warm sandboxes, the rest for builds.
MEMORY_BYTES = 2.0 * GB
CGROUP_MEMORY = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def check_platform() -> Iterator[Finding]:
    """The packages bring programs for Linux with glibc only."""
    libc = platform.libc_ver()[0]
    if sys.platform != "linux" or platform.machine() not in MACHINES or libc != "glibc":
        here = " ".join(
            filter(None, (platform.system(), platform.machine(), libc or "a C library without name"))
        )
        yield Finding(
            f"This is {here}; OverSkill's parts are made for Linux on x86_64 or aarch64 with glibc.",
            "Use such a machine or container, for example Debian 12: docker run --privileged -it debian:12",
        )


def check_user() -> Iterator[Finding]:
    """PostgreSQL refuses root, and users without a name."""
    user = os.geteuid()
    try:
        pwd.getpwuid(user)
    except KeyError:
        yield Finding(
            f"The user {user} has no name, and PostgreSQL does not run as such a one.",
            f"Add it to /etc/passwd (me:x:{user}:{user}::/tmp:/bin/sh), or run the container without --user.",
        )
    if user == 0 and shutil.which("setpriv") is not None:
        done = subprocess.run(unprivileged(["true"]), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield Finding(
                f"Root cannot become nobody here, as whom PostgreSQL runs: {done.stderr.strip()}",
                "Run it as an ordinary user, or give the container the capabilities of Docker's default.",
            )


def check_folder(root: Path) -> Iterator[Finding]:
    """Programs are installed below the checkout and run from there."""
    try:
        with tempfile.TemporaryDirectory(prefix=".preflight-", dir=root) as folder:
            program = Path(folder, "program")
            program.write_text("#!/bin/sh\n", encoding="utf-8")
            program.chmod(0o700)
            subprocess.run([program], check=True)
    except PermissionError as error:
        if error.filename is not None and Path(error.filename).name == "program":
            yield Finding(f"Programs may not run from {root}.", "Clone it to a file system without `noexec`.")
        else:
            yield Finding(
                f"You may not write to {root}.", f"Clone it as yourself, or: chown -R {os.geteuid()} {root}"
            )
    except OSError as error:
        yield Finding(f"{root} cannot be written to: {error.strerror}.", "Clone it to another file system.")


def check_disk(root: Path, *, ready: bool) -> Iterator[Finding]:
    """`ready`: the packages are there already."""
    free = shutil.disk_usage(root).free
    needed = STATE_BYTES + (0 if ready else SETUP_BYTES)
    if free < needed:
        problem = f"{root} has {free / GB:.1f} GB free; {needed / GB:.1f} GB are needed."
        yield Finding(problem, "Free some, or clone it to another file system.")


def check_memory() -> Iterator[Finding]:
    """Only a warning: there may be swap, and others may give memory back."""
    available = _available_memory()
    if available < MEMORY_BYTES:
        yield Finding(
            f"{available / GB:.1f} GB of memory are available; the stack and a build take up to"
            f" {MEMORY_BYTES / GB:.1f} GB. A build may end as out of memory.",
            "Give the machine or the container more, or set BUILDER_WARM=0 BUILDER_CONCURRENCY=1.",
            hard=False,
        )


def _available_memory() -> int:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    fields = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    limits = [path.read_text(encoding="ascii").strip() for path in CGROUP_MEMORY if path.exists()]
    return min([fields["MemAvailable"], *(int(limit) for limit in limits if limit.isdecimal())])
