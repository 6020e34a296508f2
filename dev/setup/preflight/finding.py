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


def as_root(*commands: str) -> str:
    """The commands, one after the other, as this user has to type them."""
    if os.geteuid() == 0:
        return " && ".join(commands)
    if shutil.which("sudo"):
        return " && ".join(f"sudo {command}" for command in commands)
    return f"As root: {' && '.join(commands)}"
