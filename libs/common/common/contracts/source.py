"""The rules of an app's source tree: its paths, which of them are the platform's, and its size."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_PATH = 200
MAX_SEGMENT = 100
MAX_FILES = 2_000
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 30_000_000
PUBLIC = "public"
"""The folder whose files go live as they are."""
SOURCE = "src"
"""The folder whose files are type-checked and bundled."""

_MAX_SEGMENT_BYTES = 255  # what file systems take
_PUNCTUATION = frozenset("._-@+()[]$~ ,&'=!")  # nothing that URLs or Windows read in their own way
_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"}
)
_TOOLS_FOLDERS = frozenset({".git", "git~1", "node_modules"})
_BUILD_FOLDERS = frozenset({"dist", ".vite"})

PLATFORM_PATHS: Mapping[str, tuple[str, ...]] = {
    "it configures the build": (
        "vite.config.*",
        "vitest.config.*",
        "postcss.config.*",
        ".postcssrc*",
        "tailwind.config.*",
        "babel.config.*",
        ".babelrc*",
        "**/tsconfig*.json",
    ),
    "packages come from the template, and by the tool add_dependency": (
        "package.json",
        "package-lock.json",
        ".npmrc",
    ),
    "values for an environment are set with PUT /v1/apps/{app}/env/{environment}/{KEY}, never in a file": (
        ".env*",
    ),
    "it is made from the app's migrations in supabase/migrations": ("src/lib/database.types.ts",),
}
"""Files that are the template's to bring or nobody's, by the reason; tools would find them by name."""

_PLATFORM_GLOBS = tuple(glob for globs in PLATFORM_PATHS.values() for glob in globs)
_TEMPLATES_OWN = "the template keeps it as it is"
_SHADOWS = "an import of a file that the template keeps would find it instead"
# What an import may leave out: tools try one after the other, each in an order of its own.
_MODULES = (".d.ts", ".d.mts", ".d.cts", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


@dataclass(frozen=True)
class Problem:
    """Why something cannot be part of an app's source; `line` counts from 1. The message has no full stop."""

    message: str
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


def path_problem(path: str) -> str | None:
    """Why the path cannot name a file below some folder; None when it can."""
    if path.startswith("/"):
        return "it is absolute"
    if "\\" in path:
        return "it has a backslash, folders are separated by /"
    if not path.isprintable():
        return "it has characters that cannot be printed"
    segments = path.split("/")
    if "" in segments:
        return "it has an empty folder or file name" if path else "it is empty"
    return "`.` and `..` are not allowed in it" if {".", ".."} & {*segments} else None


def source_path_problem(path: str) -> str | None:
    """Why no file of an app's source can have the path; None when one can."""
    if len(path) > MAX_PATH:
        return f"it has {len(path)} characters, at most {MAX_PATH} are allowed"
    problem = path_problem(path) or _character_problem(path)
    segments = path.split("/")
    if problem is None and segments[0].casefold() in _BUILD_FOLDERS:
        problem = f"`{segments[0]}` is written by the build"
    return problem or next(filter(None, map(_segment_problem, segments)), None)


def lock_reason(path: str, locked: Iterable[str]) -> str | None:
    """Why the app may not change the file: one of the template's globs covers it, or PLATFORM_PATHS does.

    A glob also covers what an import would find in the place of its files: of the same module by another
    extension or none, and beside a folder that has an index. Case is ignored: a file that differs from a
    locked one by case alone would replace it on some machines.
    """
    folded = path.casefold()
    if _compiled(_PLATFORM_GLOBS).fullmatch(folded) is not None:
        return next(
            reason
            for reason, globs in PLATFORM_PATHS.items()
            if _compiled(globs).fullmatch(folded) is not None
        )
    pattern = _compiled(tuple(locked))
    if pattern.fullmatch(folded) is not None:
        return _TEMPLATES_OWN
    return _SHADOWS if any(map(pattern.fullmatch, _found_as_well(folded))) else None


def _found_as_well(path: str) -> list[str]:
    """What an import may mean that finds this file."""
    name = module_name(path)
    if name is None:
        if "." in path.rpartition("/")[2] and not path.endswith(".json"):
            return []
        name = path.removesuffix(".json")
    return [f"{name}{ending}{suffix}" for ending in ("", "/index") for suffix in _MODULES]


def module_name(path: str) -> str | None:
    """The path as an import may name the file, without extension and case; None for what is no module."""
    folded = path.casefold()
    suffix = next((suffix for suffix in _MODULES if folded.endswith(suffix)), None)
    if suffix is None or folded.startswith(f"{PUBLIC}/") or folded.endswith(f"/{suffix}"):
        return None
    return folded.removesuffix(suffix)


def matches(glob: str, path: str) -> bool:
    """Whether the glob covers the path: `*` and `?` stay in a segment, a segment `**` spans any number."""
    return _compiled((glob,)).fullmatch(path.casefold()) is not None


def tree_problem(sizes: Mapping[str, int]) -> Problem | None:
    """Why these files (bytes by path) are no source tree; None when they are one."""
    for path, size in sizes.items():
        if (problem := source_path_problem(path)) is not None:
            return Problem(f"{path[:MAX_PATH]!r} cannot be a file's path: {problem}")
        if size > MAX_FILE_BYTES:
            return Problem(f"it has {size:,} bytes, over {MAX_FILE_BYTES:,}", path)
        parts = path.split("/")
        if any("/".join(parts[:n]) in sizes for n in range(1, len(parts))):
            return Problem("a folder that it is in is a file as well", path)
    if len(sizes) > MAX_FILES:
        return Problem(f"{len(sizes):,} files are over {MAX_FILES:,}")
    total = sum(sizes.values())
    over = f"{total:,} bytes in all are over {MAX_TOTAL_BYTES:,}"
    return Problem(over) if total > MAX_TOTAL_BYTES else None


def module_problems(paths: Iterable[str]) -> list[Problem]:
    """The files that an import cannot tell from others, as only their extensions differ."""
    found: list[Problem] = []
    modules: dict[str, str] = {}
    for path in paths:
        name = module_name(path)
        if name is not None and (other := modules.setdefault(name, path)) != path:
            found.append(Problem(f"{beside(other)}: delete one of the two", path))
    return found


def beside(other: str) -> str:
    """What is wrong with a file that has the module name of another."""
    return f"only the extension tells it from {other}, so that an import could mean either"


def _character_problem(path: str) -> str | None:
    if unicodedata.normalize("NFC", path) != path:
        return "its letters are not in Unicode's composed form (NFC)"
    for char in {*path} - _PUNCTUATION:
        if not (char.isalnum() or char == "/" or unicodedata.category(char)[0] == "M"):
            return f"the character {char!r} is not allowed"
    return None


def _segment_problem(segment: str) -> str | None:
    if len(segment) > MAX_SEGMENT or len(segment.encode()) > _MAX_SEGMENT_BYTES:
        return f"the name {segment[:20]}… is longer than {MAX_SEGMENT} characters"
    if segment[0] == " " or segment[-1] in " .":
        return f"the name {segment!r} begins with a space or ends with a space or dot"
    name = segment.casefold()
    if name in _TOOLS_FOLDERS:
        return f"`{name}` belongs to tools"
    if name.partition(".")[0].rstrip(" ") in _WINDOWS_DEVICES:
        return f"`{name}` is a reserved name on Windows"
    return None


@lru_cache(maxsize=256)
def _compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all globs; its time is linear in the path, whatever the globs are.

    What lies between two wildcards is matched where it comes first and never tried elsewhere (atomic groups):
    if any place leads to a match, the first does. Only the last wildcard looks for its place backwards.
    """
    patterns = [_glob_pattern(glob.casefold()) for glob in globs]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def _glob_pattern(glob: str) -> str:
    first, *others = _split(glob.split("/"), "**")
    if not others:
        return "/".join(map(_segment_pattern, first))
    pattern = "".join(_segment_pattern(segment) + "/" for segment in first)
    *between, last = others
    for segments in between:
        fixed = "".join(_segment_pattern(segment) + "/" for segment in segments)
        pattern += f"(?>(?:[^/]+/)*?{fixed})" if fixed else ""
    return pattern + "(?:[^/]+/)*" + ("/".join(map(_segment_pattern, last)) or "[^/]+")


def _segment_pattern(segment: str) -> str:
    first, *others = ("".join(chars) for chars in _split(segment, "*"))
    pattern = _literal(first)
    if not others:
        return pattern
    *between, last = others
    pattern += "".join(f"(?>[^/]*?{_literal(part)})" for part in between if part)
    return pattern + "[^/]*" + _literal(last)


def _literal(text: str) -> str:
    return "".join("[^/]" if char == "?" else re.escape(char) for char in text)


def _split(items: Iterable[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts
