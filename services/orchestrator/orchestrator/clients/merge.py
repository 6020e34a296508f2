"""Merging a text line by line: `git merge-file` as a process, with a time-out, in a folder of its own."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from common.errors import Unavailable
from orchestrator.domain.upgrade import Sides

_SECONDS = 30.0
_FAILED = 128
# Nobody's own Git configuration takes part.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": os.devnull,
    "LC_ALL": "C",
}


def _environment() -> dict[str, str]:
    """With the service's own PATH: Git is not everywhere in the system's folders."""
    return {**_ENVIRONMENT, "PATH": os.environ.get("PATH", os.defpath)}


class MergeUnavailable(Unavailable):
    """Git is missing, fails or takes too long."""

    code = "merge_unavailable"


def merge_lines(sides: Sides) -> bytes | None:
    """The text with what both sides have changed, None where they have changed the same lines.

    Lines of which an editor has changed but the ends, to those of Windows, are not changed. Blocks, so call
    it in a thread. Raises MergeUnavailable.
    """
    app = sides.app.replace(b"\r\n", b"\n") if sides.is_crlf else sides.app
    with TemporaryDirectory(prefix="merge-") as folder:
        directory = Path(folder)
        for name, content in (("app", app), ("base", sides.base), ("foundation", sides.foundation)):
            (directory / name).write_bytes(content)
        merged = _merge(directory)
    return merged.replace(b"\n", b"\r\n") if merged is not None and sides.is_crlf else merged


def _merge(folder: Path) -> bytes | None:
    command = ("git", "merge-file", "-p", "app", "base", "foundation")
    try:
        ended = subprocess.run(  # noqa: S603  # no shell, names of our own
            command, cwd=folder, env=_environment(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MergeUnavailable(f"git merge-file cannot be run: {error}.") from error
    if ended.returncode < 0 or ended.returncode >= _FAILED:
        reason = ended.stderr.decode(errors="replace").strip()[-300:]
        raise MergeUnavailable(f"git merge-file failed: {reason}")
    return None if ended.returncode else ended.stdout  # the status counts the conflicts
