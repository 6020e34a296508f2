"""The git command line: argument arrays, a clean environment, a time-out."""

import asyncio
import os
import subprocess
from pathlib import Path

from templates.errors import StoreUnavailable

_SECONDS = 10.0
# Nobody's own Git configuration, hooks or prompts take part.
_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,
    "LC_ALL": "C",
    "PATH": os.environ.get("PATH", os.defpath),
}
_CONFIGURATION = ("-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0")


class GitFailed(StoreUnavailable):
    """A git command ended with an error."""


class Git:
    """Runs commands on one repository. Naming it by --git-dir also means that its owner does not matter."""

    def __init__(self, directory: Path, *, seconds: float = _SECONDS) -> None:
        self._directory = directory
        self._seconds = seconds

    async def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What the command prints; raises GitFailed, or StoreUnavailable when Git is missing or too slow."""
        # In a thread: asyncio's own subprocesses can wait for ever when the loop ends while they start.
        return await asyncio.to_thread(self._run, arguments, stdin)

    def _run(self, arguments: tuple[str, ...], stdin: bytes) -> bytes:
        command = ("git", f"--git-dir={self._directory}", *_CONFIGURATION, *arguments)
        try:
            ended = subprocess.run(  # noqa: S603  # no shell; names are checked
                command,
                input=stdin,
                env=_ENVIRONMENT,
                capture_output=True,
                timeout=self._seconds,
                check=False,
            )
        except OSError as error:
            raise StoreUnavailable(f"Git cannot be started: {error}. Install git.") from error
        except subprocess.TimeoutExpired as error:
            message = f"git {arguments[0]} did not end within {self._seconds:g} s on {self._directory}."
            raise StoreUnavailable(message) from error
        if ended.returncode != 0:
            reason = ended.stderr.decode(errors="replace").strip()[-500:]
            raise GitFailed(f"git {arguments[0]} failed on {self._directory}: {reason}")
        return ended.stdout
