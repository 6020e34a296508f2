"""What is wrong with a migration: said to the person, or the model, who wrote it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error keeps the version from going live; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """`message` says what is wrong, `hint` what to write instead. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    code: str
    level: Level
    message: str
    hint: str = ""
