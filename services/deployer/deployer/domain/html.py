"""What the deployer reads in index.html."""

import posixpath
import re
from collections.abc import Callable, Collection, Mapping
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

# Static imports and re-exports, minified or not. A match inside a string does no harm: it must name a file.
_STATIC_IMPORT = re.compile(rb"""(?:\bimport|\bfrom)\s*["']([^"'\n]{1,512})["']""")


def critical_paths(html: bytes, files: Mapping[str, Callable[[], bytes]]) -> frozenset[str]:
    """What the app needs before it shows: the page's scripts, their static imports, its stylesheets.

    `files` reads a file by its path; only scripts that count are read.
    """
    parser = _References()
    parser.feed(html.decode("utf-8", "replace"))
    found: set[str] = set()
    waiting = _resolve(parser.references, "index.html", files)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.endswith((".js", ".mjs")):
            imports = [match.decode("utf-8", "replace") for match in _STATIC_IMPORT.findall(files[path]())]
            waiting |= _resolve(imports, path, files)
    return frozenset(found)


def _resolve(references: Collection[str], base: str, files: Collection[str]) -> set[str]:
    paths = set()
    for reference in references:
        parts = urlsplit(urljoin(f"http://app/{base}", reference))
        path = posixpath.normpath(unquote(parts.path)).lstrip("/")
        if parts.hostname == "app" and path in files:
            paths.add(path)
    return paths


class _References(HTMLParser):
    """Collects the URLs of scripts, module preloads and stylesheets."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and values.get("src"):
            self.references.append(values["src"])
        elif tag == "link" and values.get("href"):
            kinds = set(values.get("rel", "").lower().split())
            if kinds & {"stylesheet", "modulepreload"}:
                self.references.append(values["href"])
