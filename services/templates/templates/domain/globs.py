"""The globs that lock files: `*` and `?` stay within a path segment, a segment `**` spans any number."""

import re
from functools import lru_cache


def matches(glob: str, path: str) -> bool:
    return _compiled(glob).fullmatch(path) is not None


@lru_cache(maxsize=512)
def _compiled(glob: str) -> re.Pattern[str]:
    segments = glob.split("/")
    pattern = ""
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            pattern += ".+" if last else "(?:[^/]+/)*"
        else:
            pattern += "".join(_translated(character) for character in segment) + ("" if last else "/")
    return re.compile(pattern)


def _translated(character: str) -> str:
    return {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
