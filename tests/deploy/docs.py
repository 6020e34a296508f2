"""Reading the documentation's tables."""

import re
from pathlib import Path

from tests.house.files import ROOT

DOCS = ROOT / "docs"

_CODE = re.compile(r"`([^`]+)`")


def section(path: Path, heading: str) -> str:
    """The text below a heading, up to the next one of the same or a higher level."""
    level = heading.index(" ")
    lines: list[str] | None = None
    fenced = False
    for line in path.read_text().splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if lines is not None:
            if not fenced and re.match(rf"#{{1,{level}}} ", line):
                break
            lines.append(line)
        elif line.rstrip() == heading:
            lines = []
    assert lines is not None, f"{path.name} has no heading '{heading}'"
    return "".join(lines)


def tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, without its head."""
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    return [[_cells(line) for line in block.splitlines()[2:]] for block in blocks]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def codes(cell: str) -> list[str]:
    """What stands in backquotes."""
    return _CODE.findall(cell)


def code(cell: str) -> str:
    (found,) = codes(cell)
    return str(found)
