"""The app's page: the template's index.html with the tags that lead to what was bundled."""

import re
from collections.abc import Collection
from html import unescape
from urllib.parse import unquote

from builder.domain.refusal import OutputRefused

PAGE = "index.html"

_ENTRY = re.compile(r'<script type="module" src="/([^"<>\s]+)"></script>')
_TAG = re.compile(
    r'<script type="module" crossorigin src="/(?P<script>[^"<>\s]+)"></script>'
    r'|<link rel="modulepreload" crossorigin href="/(?P<preload>[^"<>\s]+)">'
    r'|<link rel="stylesheet" crossorigin href="/(?P<style>[^"<>\s]+)">'
)
_HEAD_ENDS = re.compile(r"^([ \t]*+)</head>", re.IGNORECASE | re.MULTILINE)
_BETWEEN_TAGS = re.compile(r">\s++<")
_MOST_TAGS = 200_000  # characters
_SUFFIXES = {"script": ".js", "preload": ".js", "style": ".css"}


def entry(page: str) -> str:
    """The module that the template's page begins with; raises OutputRefused when there is not exactly one."""
    entries: list[str] = _ENTRY.findall(page)
    if len(entries) != 1:
        raise OutputRefused(f"The template's {PAGE} has {len(entries)} module scripts of the app, not one.")
    return entries[0]


def compose(page: str, built: str, files: Collection[str]) -> str:
    """The template's page with the bundler's tags, each of which leads to one of the files.

    Raises OutputRefused for a built page that is anything else.
    """
    if len(built) > len(page) + _MOST_TAGS:
        raise OutputRefused(f"The build wrote a {PAGE} of {len(built):,} characters.")
    page = page.replace(_entry_line(page), "")
    found = _HEAD_ENDS.search(page)
    if found is None:
        raise OutputRefused(f"The template's {PAGE} has no </head> on a line of its own.")
    head, behind = page[: found.start()], page[found.start() :]
    first, last = _squeezed(head), _squeezed(behind)
    told = _squeezed(built)
    if not (told.startswith(first) and told.endswith(last) and len(told) >= len(first) + len(last)):
        raise OutputRefused(f"The build changed {PAGE} beyond the tags that load the app.")
    tags = _tags(told[len(first) : len(told) - len(last)], files)
    return head + "".join(f"{found[1]}  {tag}\n" for tag in tags) + behind


def _entry_line(page: str) -> str:
    """The tag of the entry with the space before it, as Vite takes it out."""
    tag = f'<script type="module" src="/{entry(page)}"></script>'
    before = page.partition(tag)[0]
    return before[len(before.rstrip()) :] + tag


def _tags(text: str, files: Collection[str]) -> list[str]:
    tags: list[str] = []
    scripts = position = 0
    while position < len(text):
        tag = _TAG.match(text, position)
        if tag is None or tag.lastgroup is None:
            raise OutputRefused(f"The build wrote something else than tags into {PAGE}.")
        name = unquote(unescape(tag[tag.lastgroup]))
        if name not in files or not name.endswith(_SUFFIXES[tag.lastgroup]):
            raise OutputRefused(f"The build's {PAGE} loads '{name[:100]}', which it did not write.")
        scripts += tag.lastgroup == "script"
        tags.append(tag[0])
        position = tag.end()
    if scripts != 1:
        raise OutputRefused(f"The build's {PAGE} has {scripts} scripts that begin the app, not one.")
    return tags


def _squeezed(text: str) -> str:
    """Without what a reader of HTML does not see between tags."""
    return _BETWEEN_TAGS.sub("><", text).strip()
