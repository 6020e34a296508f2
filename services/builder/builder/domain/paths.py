"""Paths that may name a file of an app, and the globs that lock some of them."""

import re
from functools import lru_cache

MAX_PATH = 240


def is_safe_path(path: str) -> bool:
    """Relative, normalised, printable, and nothing that leaves its directory."""
    parts = path.split("/")
    return (
        0 < len(path) <= MAX_PATH
        and path.isprintable()
        and "\\" not in path
        and all(part not in {"", ".", ".."} for part in parts)
    )


def matches(glob: str, path: str) -> bool:
    """`*` and `?` stay within a segment, a segment `**` spans any number."""
    return _compiled(glob).fullmatch(path) is not None


@lru_cache(maxsize=512)
def _compiled(glob: str) -> re.Pattern[str]:
    *parents, last = glob.split("/")
    pattern = "".join("(?:[^/]+/)*" if part == "**" else _segment(part) + "/" for part in parents)
    return re.compile(pattern + (".+" if last == "**" else _segment(last)))


def _segment(segment: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character)) for character in segment)
