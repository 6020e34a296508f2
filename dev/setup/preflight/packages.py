"""Programs of the system: which are missing, and their packages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from dev.setup.preflight.finding import Finding, as_root

PACKAGES = {
    "git": ("git",),
    "setpriv": ("util-linux",),
    "bwrap": ("bubblewrap",),
    "chromium": ("chromium", "fonts-liberation"),
}
LOG_LINES = 20


def missing_packages(purpose: str) -> list[str]:
    """Debian's names of the packages to install."""
    programs = ["git", "setpriv"]
    # Builds without isolation are an explicit choice, and then need no bubblewrap.
    programs += [] if os.environ.get("BUILDER_ISOLATION") == "off" else ["bwrap"]
    programs += ["chromium"] if purpose == "test" else []
    packages = [name for one in programs if shutil.which(one) is None for name in PACKAGES[one]]
    if find_spec("ensurepip") is None or find_spec("venv") is None:
        # Debian splits these modules off into a package of their own.
        packages.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return packages


def check_packages(packages: list[str]) -> Iterator[Finding]:
    """What only a person can install: root on Debian has it done."""
    if not packages or can_install():
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        yield Finding(
            f"These packages are missing: {names}.",
            "Install them with your package manager; names may differ.",
        )
    else:
        yield Finding(f"These system packages are missing: {names}.", as_root(f"apt-get install -y {names}"))


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: list[str]) -> Finding | None:
    """Installs them as root; what went wrong, with the end of the log, if it did."""
    print(f"Installing {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = ""
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        log += done.stdout
        if done.returncode != 0:
            tail = "\n".join(log.splitlines()[-LOG_LINES:])
            return Finding(
                f"Installing {' '.join(packages)} failed:\n{tail}", "apt-get update, then try again."
            )
    return None
