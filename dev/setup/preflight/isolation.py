"""Whether and how well builds can be contained: the builder itself tries."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from dev.setup.preflight.finding import Finding

TRIAL = "builder.clients.sandbox.trial"
STRONGEST = "cgroups"


def check_isolation(purpose: str) -> Iterator[Finding]:
    """Bubblewrap that is missing and needed is told among the packages."""
    if os.environ.get("BUILDER_ISOLATION") == "off":
        if purpose == "test":
            yield Finding(
                "BUILDER_ISOLATION=off: the tests of the sandbox will fail.",
                "Unset it to test everything.",
                hard=False,
            )
        return
    done = _trial()
    if done.returncode == 0:
        level, *reasons = done.stdout.splitlines()
        if level != STRONGEST:
            yield Finding(
                f"Builds are contained at the level '{level}', not '{STRONGEST}': {' '.join(reasons)}",
                "services/builder/README.md says what it cannot promise.",
                hard=False,
            )
    elif shutil.which("bwrap") is not None:
        problem, mend, rest = done.stderr.strip().partition("Mend one of these")
        yield Finding(problem.strip(), f"{mend}{rest}" or "See docs/troubleshooting.md.")


def contained() -> bool:
    """Whether they can be, as well as BUILDER_ISOLATION asks, with what is installed."""
    return _trial().returncode == 0


def _trial() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", TRIAL, os.environ.get("BUILDER_ISOLATION", "landlock")]
    return subprocess.run(command, capture_output=True, text=True, check=False)
