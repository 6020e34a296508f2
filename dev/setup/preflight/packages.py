"""Programs of the system: which are missing, and their packages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from dev.setup.preflight.finding import Finding, as_root
from dev.setup.preflight.isolation import contained

PACKAGES = {
    "git": ("git",),
    "setpriv": ("util-linux",),
    "bwrap": ("bubblewrap",),
    "chromium": ("chromium", "fonts-liberation"),
    "curl": ("curl",),
    "chromium-headless-shell": ("chromium-headless-shell", "fonts-liberation"),
}
LOG_LINES = 20


def missing_packages(purpose: str) -> list[str]:
    """Debian's names of the packages to install."""
    programs = ["git", "setpriv"]
    # Builds without isolation are an explicit choice; without bubblewrap they are contained less well.
    if os.environ.get("BUILDER_ISOLATION") != "off" and (can_install() or not contained()):
        programs.append("bwrap")
    # Without a browser apps are built all the same, and not looked at.
    programs += ["chromium-headless-shell"] if purpose == "test" or can_install() else []
    programs += ["chromium", "curl"] if purpose == "test" else []
    missing = [name for one in programs if shutil.which(one) is None for name in PACKAGES[one]]
    packages = list(dict.fromkeys(missing))
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
        # A container's image has no lists of packages.
        mend = as_root("apt-get update", f"apt-get install -y {names}")
        yield Finding(f"These system packages are missing: {names}.", mend)


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
