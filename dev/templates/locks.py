"""Why apps may not change what a template locks: LOCKED.md beside the templates says it, glob by glob."""

import json
import re
from pathlib import Path

REASONS = "LOCKED.md"
_SECTION = re.compile(r"^## (\S+)$", re.MULTILINE)
_ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def unjustified(template: Path) -> list[str]:
    """What the template locks, of its own, without a reason, and reasons of what it does not lock."""
    locked = set(json.loads((template / "template.json").read_text())["locked"])
    reasons = _reasons(template.parent / REASONS, template.name)
    return [
        *(f"{glob} is locked and {REASONS} has no reason" for glob in sorted(locked - reasons)),
        *(f"{REASONS} has a reason for {glob}, which is not locked" for glob in sorted(reasons - locked)),
    ]


def _reasons(page: Path, template: str) -> set[str]:
    if not page.exists():
        return set()
    _, *parts = _SECTION.split(page.read_text())
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return {glob for glob, _ in _ROW.findall(sections.get(template, ""))}
