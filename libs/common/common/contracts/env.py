"""What pages are told when they are deployed: `window.ENV`, and where the app is found.

The room is the first object `{"APP_ID":"{{APP_ID}}"}`: in a JSON data block that `src/lib/env.ts` reads,
which no Content-Security-Policy stops, or in a script, as pages of earlier templates have it.
"""

import json
import re
from collections.abc import Mapping
from html import escape

from pydantic import JsonValue

APP_URL = b"{{APP_URL}}"
"""Stands for the app's address without a slash at its end, in what a build of a site has written."""

_ROOM = re.compile(rb"""\{\s*["']?APP_ID["']?\s*:\s*(["'])\{\{APP_ID\}\}\1\s*\}""")
# What could end a script element, or begin a comment or a character reference.
_OF_HTML = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def has_room_for_env(page: bytes) -> bool:
    """Whether an app with this page is told its id."""
    return _ROOM.search(page) is not None


def fill_env(page: bytes, env: Mapping[str, JsonValue]) -> bytes:
    """The page with these entries where it has room for them; it stays as it is where it has none.

    Written in ASCII without what means something to HTML, they are the same as JSON and as JavaScript; in a
    script, where U+2028 once ended a line, too.
    """
    return _ROOM.sub(lambda _: _written(env), page, count=1)


def fill_page(page: bytes, env: Mapping[str, JsonValue], url: str) -> bytes:
    """The page with these entries, and with the app's address wherever it is named outside of them."""
    return fill_env(fill_url(page, url), env)


def fill_url(text: bytes, url: str) -> bytes:
    """The text with the app's address wherever it is named, so that neither HTML nor XML reads it as more."""
    return text.replace(APP_URL, _address(url))


def growth(page: bytes, env: Mapping[str, JsonValue], url: str) -> int:
    """By how many bytes the page grows at most when it is filled: known without filling it."""
    entries = len(_written(env)) if has_room_for_env(page) else 0
    return entries + page.count(APP_URL) * max(0, len(_address(url)) - len(APP_URL))


def _address(url: str) -> bytes:
    return escape(url.rstrip("/"), quote=True).encode()


def _written(env: Mapping[str, JsonValue]) -> bytes:
    return json.dumps(env, separators=(",", ":"), allow_nan=False).translate(_OF_HTML).encode()
