"""What the files of an app import: where one names another, which is meant, and how to spell it anew."""

import posixpath
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from tree_sitter import Tree

from common.contracts.source import SOURCE

MAX_SPECIFIERS = 1_000
_DECLARING = (".d.ts", ".d.mts", ".d.cts")
_LEFT_OUT = (".ts", ".tsx", *_DECLARING, ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
_MODULES = (*_DECLARING, ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_MEANS = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""A compiled file's extension may stand for that of its source."""
_ALIAS = "@/"
_NAMED = rb"""(["'`])([^"'`\n\\]{1,300})"""
_COMMENTS = rb"\s*(?:/\*[^*]{0,200}\*/\s*){0,3}"
# Bounds keep a hostile text from costing more than its length.
_SCRIPT = re.compile(
    rb"\b(?:from|(?P<url>new\s{1,9}URL\s{0,9}\()|(?:import|require|\.mock)\s{0,9}\(|import)"
    + _COMMENTS
    + _NAMED
)
_BESIDE_ITSELF = re.compile(rb"\s{0,99},\s{0,99}import\.meta\.url\b")
_STYLE = re.compile(
    rb"""@(?:import|reference)\s{1,99}(?:url\(\s{0,99})?(["'])([^"'\n\\]{1,300})|"""
    rb"""\burl\(\s{0,99}(["']?)([^"'()\s\\]{1,300})""",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?=[?#])")


@dataclass(frozen=True, slots=True)
class Specifier:
    """The name by which a text refers to a file: the bytes from `start` to `end`, without quotes."""

    start: int
    end: int
    name: str


def specifiers_of_script(source: bytes, tree: Tree | None) -> Iterator[Specifier]:
    """Those of `import`, `export … from`, `import()`, `require()` and `new URL(…, import.meta.url)`.

    `tree`: what tells them from texts and comments that read alike; without one all are taken.
    """
    for found in _SCRIPT.finditer(source):
        start, end = found.span(3)
        if found["url"] and not _BESIDE_ITSELF.match(source, end + 1):
            continue
        if source[end : end + 1] == found[2] and (tree is None or _is_string(tree, found.start(2))):
            yield Specifier(start, end, found[3].decode(errors="replace"))


def _is_string(tree: Tree, quote: int) -> bool:
    node = tree.root_node.descendant_for_byte_range(quote, quote + 1)
    literal = node.parent if node is not None and node.type in {'"', "'", "`"} else None
    return (
        literal is not None and literal.type in {"string", "template_string"} and literal.start_byte == quote
    )


def specifiers_of_style(source: bytes) -> Iterator[Specifier]:
    """Those of `@import`, `@reference` and `url()`."""
    for found in _STYLE.finditer(_without_comments(source)):
        group = 2 if found[2] is not None else 4
        yield Specifier(*found.span(group), found[group].decode(errors="replace"))


def _without_comments(source: bytes) -> bytes:
    """The same with blanks for comments."""
    parts, done = [], 0
    while (start := source.find(b"/*", done)) >= 0:
        end = source.find(b"*/", start + 2)
        end = len(source) if end < 0 else end + 2
        parts += [source[done:start], b" " * (end - start)]
        done = end
    return b"".join([*parts, source[done:]])


def resolve(name: str, importer: str, paths: Container[str]) -> str | None:
    """The file of the app that a specifier in `importer` means; None for a package's or a missing one."""
    location = _location(name, importer)
    if location is None:
        return None
    return next((path for path in _candidates(location) if path in paths), None)


def is_relative(name: str) -> bool:
    return name.startswith(("./", "../")) or name in {".", ".."}


def moved_along(name: str, importer: str, new_importer: str) -> str:
    """The relative specifier as it has to read in the importer's new place, even if its file is missing."""
    location = _location(name, importer)
    if location is None:
        return name
    base, query = _split(name)
    return _spelled(base, location, new_importer) + query


def respelled(name: str, *, was: str, importer: str, target: str, paths: Container[str]) -> str | None:
    """The specifier that meant `was`, for `target` now, in its old style: with alias, extension or folder.

    None when no spelling means that one among `paths`.
    """
    base, query = _split(name)
    for location in _styled(base, was, target):
        spelled = _spelled(base, location, importer)
        if resolve(spelled, importer, paths) == target:
            return spelled + query
    return None


def without_extension(path: str) -> str:
    """A module's path as imports have it."""
    ending = next((ending for ending in _MODULES if path.endswith(ending)), "")
    return path.removesuffix(ending)


def _styled(base: str, was: str, target: str) -> list[str]:
    """What may stand for `target` in the style in which `base` stood for `was`."""
    stem = without_extension(target)
    folder = [posixpath.dirname(stem)] if posixpath.basename(stem) == "index" else []
    suffix = posixpath.splitext(base)[1]
    if was.endswith(suffix) and suffix:
        return [target]
    if suffix in _MEANS and posixpath.splitext(was)[1] in _MEANS[suffix]:
        return [stem + suffix]
    return [*folder, stem, target]


def _split(name: str) -> tuple[str, str]:
    base, *query = _QUERY.split(name, maxsplit=1)
    return base, "".join(query)


def _location(name: str, importer: str) -> str | None:
    """Where in the app the specifier points to; None for packages, addresses and what leads out of it."""
    base, _ = _split(name)
    if base.startswith(_ALIAS):
        location = f"{SOURCE}/{base.removeprefix(_ALIAS)}"
    elif base.startswith("/") and not base.startswith("//"):
        location = base[1:]
    elif is_relative(base) or (importer.endswith(".css") and "." in base and ":" not in base):
        location = posixpath.join(posixpath.dirname(importer), base)
    else:
        return None
    location = posixpath.normpath(location)
    return None if location in {".", ".."} or location.startswith(("../", "/")) else location


def _candidates(location: str) -> Iterator[str]:
    yield location
    stem, suffix = posixpath.splitext(location)
    for other in _MEANS.get(suffix, ()):
        yield stem + other
    for suffix in _LEFT_OUT:
        yield location + suffix
    for suffix in _LEFT_OUT:
        yield f"{location}/index{suffix}"


def _spelled(base: str, location: str, importer: str) -> str:
    if base.startswith(_ALIAS) and location.startswith(f"{SOURCE}/"):
        return _ALIAS + location.removeprefix(f"{SOURCE}/")
    if base.startswith("/"):
        return f"/{location}"
    relative = posixpath.relpath(location, posixpath.dirname(importer) or ".")
    return relative if is_relative(relative) else f"./{relative}"
