"""What a row of the table of broken apps is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HOME = "src/pages/Home.tsx"


@dataclass(frozen=True)
class Broken:
    """An app that does not work: `files` over the template (None: left out), and what is to be said of it.

    `file`, `line` and `message` (a part of it) belong to one diagnostic, the first one unless `anywhere`;
    `count` is how many problems there are in all. `healed` says that the fixers repair it without a model.
    """

    kind: str
    name: str
    files: Mapping[str, str | None]
    category: str
    file: str | None
    line: int | None
    message: str
    count: int = 1
    code: str | None = None
    anywhere: bool = False
    healed: bool = False
    suggestion: str | None = None
    never: tuple[str, ...] = field(default=("npm i", "npm install"))

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def home(*lines: str) -> dict[str, str]:
    """The home page of the app, line by line."""
    return {HOME: "\n".join(lines) + "\n"}
