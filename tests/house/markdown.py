"""Reading the documentation's pages."""

import re
from pathlib import Path

from tests.house.files import sources

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")


def pages() -> list[Path]:
    return sources(".md")


def code_in(text: str) -> list[str]:
    """What a page shows as code: its blocks, and what stands in backquotes."""
    return [*_FENCED.findall(text), *_INLINE.findall(_FENCED.sub("", text))]


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", _FENCED.sub("", text))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
