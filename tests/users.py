"""Programs run as another user, as only root can, and folders for them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

INTERPRETERS = (str(Path(sys.executable).resolve()), "/usr/bin/python3")
NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter: pytest closes its own to those as whom root has apps built."""
    with tempfile.TemporaryDirectory(prefix="overskill-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def run_as(
    user: int, *command: str | Path, cwd: Path | str = "/", **environment: str
) -> subprocess.CompletedProcess[str]:
    """With nothing of our environment but the path, unless `environment` has another one."""
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", "--"]
    if user != os.geteuid() and os.geteuid() != 0:
        pytest.skip("only root may become somebody else")
    return subprocess.run(
        ["env", "-C", str(cwd), *(become if user != os.geteuid() else ()), *map(str, command)],
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter_for(user: int) -> str:
    """A Python this user may run: ours may lie in somebody's home."""
    for python in INTERPRETERS:
        readable = run_as(user, "test", "-x", python)
        if readable.returncode == 0 and run_as(user, python, "-c", NEW_ENOUGH).returncode == 0:
            return python
    pytest.skip(f"user {user} may run no Python that is new enough")
