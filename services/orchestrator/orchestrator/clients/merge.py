"""Merging a text line by line: `git merge-file` as a process, with a time-out, in a folder of its own."""

import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from common.errors import Unavailable
from orchestrator.domain.upgrade import MergedText, Sides

_SECONDS = 30.0
_LENGTH = 47
"""So long that no text has such a marker by chance."""
_FAILED = 128
_CONFLICT = re.compile(rf"^<{{{_LENGTH}}} .*?^>{{{_LENGTH}}} [^\n]*$".encode(), re.DOTALL | re.MULTILINE)
_MARKERS = re.compile(rb"^([<|=>])\1{%d}" % (_LENGTH - 1), re.MULTILINE)
# Nobody's own Git configuration takes part.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "HOME": os.devnull,
    "LC_ALL": "C",
    "PATH": os.defpath,
}


class MergeUnavailable(Unavailable):
    """Git is missing, fails or takes too long."""

    code = "merge_unavailable"


def merge_lines(sides: Sides) -> MergedText:
    """The text with what both sides have changed; blocks, so call it in a thread. Raises MergeUnavailable."""
    with TemporaryDirectory(prefix="merge-") as folder:
        directory = Path(folder)
        for name, content in (("app", sides.app), ("base", sides.base), ("foundation", sides.foundation)):
            (directory / name).write_bytes(content)
        marked, conflicts = _merge(directory, "--diff3", f"--marker-size={_LENGTH}")
        if not conflicts:
            return MergedText(marked)
        content, _ = _merge(directory, "--ours")
    shown = (_shown(found[0]) for found in _CONFLICT.finditer(marked))
    return MergedText(content, tuple(shown))


def _shown(conflict: bytes) -> str:
    """With markers of the usual length."""
    return _MARKERS.sub(lambda found: found[1] * 7, conflict).decode(errors="replace")


def _merge(folder: Path, *options: str) -> tuple[bytes, int]:
    """What comes of it, and how many conflicts are in it."""
    labels = ("-L", "the app", "-L", "the foundation before", "-L", "the foundation now")
    command = ("git", "merge-file", "-p", *options, *labels, "app", "base", "foundation")
    try:
        ended = subprocess.run(  # noqa: S603  # no shell, names of our own
            command, cwd=folder, env=_ENVIRONMENT, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MergeUnavailable(f"git merge-file cannot be run: {error}.") from error
    if ended.returncode < 0 or ended.returncode >= _FAILED:
        reason = ended.stderr.decode(errors="replace").strip()[-300:]
        raise MergeUnavailable(f"git merge-file failed: {reason}")
    return ended.stdout, ended.returncode
