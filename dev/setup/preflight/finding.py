"""What a check found, and how a person mends it."""

import os
import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`mend`: a command or an instruction. Unless it is `hard`, the set-up goes on."""

    problem: str
    mend: str
    hard: bool = True

    def __str__(self) -> str:
        prefix = "" if self.hard else "Warning: "
        return f"{prefix}{self.problem}\n  {self.mend}"


def as_root(command: str) -> str:
    """The command as this user has to type it."""
    if os.geteuid() == 0:
        return command
    return f"sudo {command}" if shutil.which("sudo") else f"As root: {command}"
