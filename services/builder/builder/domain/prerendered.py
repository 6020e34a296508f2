"""The pages that a build makes of a site, where its template does that: the app's page with content in it."""

import re
from collections.abc import Collection, Mapping

from builder.domain.page import PAGE, compose
from builder.domain.refusal import OutputRefused

PRERENDERER = "vite/prerender.ts"
"""The template's file whose presence says that its builds make pages."""

_BESIDE = frozenset({"404.html", "200.html", "sitemap.xml", "robots.txt"})
_TITLE = re.compile(r"<title>[^<]*</title>")
_ROOT = '<div id="root"></div>'
_OPENING = re.compile(r'<div id="root"(?: data-page="[^"<>]{1,1000}")?>')
_CLOSING = "</div>"
_HEAD = re.compile(
    r"(?:<title>[^<>]*</title>|<meta (?:name|property|itemprop)=[^<>]*>|<link (?:rel|as|href)=[^<>]*>)*+"
)


def is_prerendered(path: str, source: Mapping[str, bytes]) -> bool:
    """Whether a build of the source may write the file, beside the app's page and what stands in assets/."""
    return PRERENDERER in source and (path in _BESIDE or path.rpartition("/")[2] == PAGE)


def compose_prerendered(page: str, built: str, files: Collection[str]) -> str:
    """As `compose`, of a page with content: what it says of itself in its head, and what it shows.

    The content is the app's own, whatever it is; all around it is the template's.
    """
    title = _TITLE.search(page)
    if title is None or page.count(_ROOT) != 1:
        raise OutputRefused(f"The template's {PAGE} has no title, or no place for content.")
    head = _HEAD.match(built, title.start())
    opening = _OPENING.search(built)
    closing = built.rfind(_CLOSING, 0, max(built.rfind("</body>"), 0))
    if head is None or opening is None or not head.end() <= opening.start() < opening.end() <= closing:
        raise OutputRefused(
            f"The build made a page that has no place for content, as the template's {PAGE} has."
        )
    shell = (
        built[: title.start()],
        title[0],
        built[head.end() : opening.start()],
        _ROOT,
        built[closing + len(_CLOSING) :],
    )
    composed = compose(page, "".join(shell), files)
    content = opening[0] + built[opening.end() : closing] + _CLOSING
    return composed.replace(title[0], head[0], 1).replace(_ROOT, content, 1)
