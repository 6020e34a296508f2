"""The git command line: argument arrays, a clean environment, a time-out."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE
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


class GitFailed(StoreUnavailable):
    """A git command ended with an error."""


class Git:
    """Runs commands on one repository. Naming it by --git-dir also means that its owner does not matter."""

    def __init__(self, directory: Path, *, seconds: float = _SECONDS) -> None:
        self._directory = directory
        self._seconds = seconds

    async def run(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        command = ("git", f"--git-dir={self._directory}", "-c", "core.hooksPath=/dev/null", *arguments)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL if stdin is None else PIPE, stdout=PIPE, stderr=PIPE, env=_ENVIRONMENT
            )
        except OSError as error:
            raise StoreUnavailable(f"Git cannot be started: {error}. Install git.") from error
        try:
            async with asyncio.timeout(self._seconds):
                output, errors = await process.communicate(stdin)
        except TimeoutError as error:
            message = f"git {arguments[0]} did not end within {self._seconds:g} s on {self._directory}."
            raise StoreUnavailable(message) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            reason = errors.decode(errors="replace").strip()[-500:]
            raise GitFailed(f"git {arguments[0]} failed on {self._directory}: {reason}")
        return output
