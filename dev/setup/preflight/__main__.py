"""`python -m dev.setup.preflight demo|up|test`: exit status 2 when the machine lacks what that needs."""

import sys
from collections.abc import Iterator
from pathlib import Path

from dev.setup.preflight.finding import Finding
from dev.setup.preflight.isolation import check_isolation
from dev.setup.preflight.machine import check_disk, check_folder, check_memory, check_platform, check_user
from dev.setup.preflight.network import check_registries, check_stack_ports
from dev.setup.preflight.packages import check_packages, install, missing_packages

ROOT = Path(__file__).resolve().parents[3]
# The last steps of the set-up.
STAMPS = (ROOT / ".venv/.stamps/python", ROOT / ".venv/.stamps/edge")


def main(purpose: str) -> int:
    packages = missing_packages(purpose)
    findings = list(check(purpose, packages))
    if packages and not any(finding.hard for finding in findings):
        failed = install(packages)
        # With them a build may be contained better than was just found.
        findings = [*findings, failed] if failed else list(check(purpose, []))
    for finding in findings:
        print(finding, file=sys.stderr)
    return 2 if any(finding.hard for finding in findings) else 0


def check(purpose: str, packages: list[str]) -> Iterator[Finding]:
    """Everything at once, so that nobody mends one thing only to learn of the next."""
    ready = all(stamp.exists() for stamp in STAMPS)
    yield from check_platform()
    yield from check_packages(packages)
    yield from check_user()
    yield from check_folder(ROOT)
    yield from check_isolation(purpose)
    if purpose != "test":
        yield from check_stack_ports()
    yield from check_disk(ROOT, ready=ready)
    yield from check_memory()
    if not ready:
        yield from check_registries()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
