"""Whether builds can be contained: the builder itself tries."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from dev.setup.preflight.finding import Finding

TRIAL = "builder.clients.sandbox.trial"


def check_isolation(purpose: str) -> Iterator[Finding]:
    """Bubblewrap that is missing is told among the packages."""
    if os.environ.get("BUILDER_ISOLATION") == "off":
        if purpose == "test":
            yield Finding(
                "BUILDER_ISOLATION=off: the tests of the sandbox will fail.",
                "Unset it to test everything.",
                hard=False,
            )
        return
    if shutil.which("bwrap") is None or shutil.which("setpriv") is None:
        return
    done = subprocess.run([sys.executable, "-m", TRIAL], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    problem, stop, mend = done.stderr.strip().partition(". ")
    yield Finding(
        f"Builds cannot be contained. {problem}{stop.strip()}", mend or "See docs/troubleshooting.md."
    )
