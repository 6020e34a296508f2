"""Which paths an app's file may have, and which files the platform keeps to itself."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from orchestrator.errors import InvalidPath

MAX_PATH = 200
MAX_SEGMENT = 100
_MAX_SEGMENT_BYTES = 255  # what file systems take

_PUNCTUATION = frozenset("._-@+()[]$~ ,&'=!")  # nothing that URLs or Windows read in their own way
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"}
)
_FORBIDDEN_SEGMENTS = frozenset({".git", "git~1", "node_modules"})
_FORBIDDEN_ROOTS = frozenset({"dist"})

ALWAYS_LOCKED = (
    "vite.config.*",
    "vitest.config.*",
    "postcss.config.*",
    ".postcssrc*",
    "tailwind.config.*",
    "babel.config.*",
    ".babelrc*",
    "**/tsconfig*.json",
    "package.json",
    "package-lock.json",
    ".npmrc",
)
"""Names under which tools look for configuration: a new `vite.config.js` would replace a locked `.ts`."""


def check_path(path: str) -> str:
    """The path unchanged, or InvalidPath saying what is wrong with it."""
    segments = path.split("/")
    problem = _whole_problem(path) or next(filter(None, map(_segment_problem, segments)), None)
    if problem is None and segments[0].casefold() in _FORBIDDEN_ROOTS:
        problem = f"`{segments[0]}` is written by the build"
    if problem is not None:
        shown = path if len(path) <= MAX_PATH else path[:MAX_PATH] + "…"
        raise InvalidPath(
            f"{shown!r} cannot be a file's path: {problem}. Use a relative path such as src/pages/Home.tsx.",
            path=ascii(shown)[1:-1],
        )
    return path


def is_locked(path: str, globs: Iterable[str]) -> bool:
    """Whether the path is covered by one of the globs, or by ALWAYS_LOCKED.

    `**` spans folders, `*` and `?` stay within one. Case is ignored: a file that differs from a locked one
    only by case would replace it on some machines.
    """
    return any(_compile(glob).fullmatch(path.casefold()) for glob in (*globs, *ALWAYS_LOCKED))


def _whole_problem(path: str) -> str | None:
    if not path:
        return "it is empty"
    if len(path) > MAX_PATH:
        return f"it has {len(path)} characters, at most {MAX_PATH} are allowed"
    if path.startswith("/"):
        return "it is absolute"
    if "\\" in path:
        return "it has a backslash, folders are separated by /"
    return _character_problem(path)


def _character_problem(path: str) -> str | None:
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in path):
        return "it has control characters"
    if unicodedata.normalize("NFC", path) != path:
        return "its letters are not in Unicode's composed form (NFC)"
    for char in path:
        if not (
            char.isalnum() or char in _PUNCTUATION or char == "/" or unicodedata.category(char)[0] == "M"
        ):
            return f"the character {char!r} is not allowed"
    return None


def _segment_problem(segment: str) -> str | None:
    if not segment:
        return "it has an empty folder or file name"
    if segment in {".", ".."}:
        return f"`{segment}` is not allowed in it"
    if len(segment) > MAX_SEGMENT or len(segment.encode()) > _MAX_SEGMENT_BYTES:
        return f"the name {segment[:20]}… is longer than {MAX_SEGMENT} characters"
    if segment[0] == " " or segment[-1] in " .":
        return f"the name {segment!r} begins with a space or ends with a space or dot"
    return _name_problem(segment.casefold())


def _name_problem(name: str) -> str | None:
    if name in _FORBIDDEN_SEGMENTS:
        return f"`{name}` belongs to tools"
    if name.partition(".")[0].rstrip(" ") in _RESERVED:
        return f"`{name}` is a reserved name on Windows"
    return None


@lru_cache(maxsize=512)
def _compile(glob: str) -> re.Pattern[str]:
    glob = glob.removeprefix("./").casefold()
    if glob.endswith("/"):
        glob += "**"
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", glob)
    table = {"**/": "(?:.*/)?", "/**": "/.+", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(table.get(part, re.escape(part)) for part in parts), re.DOTALL)
