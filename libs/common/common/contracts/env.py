"""`window.ENV`: where an app's page has room for it, and how its entries are written there.

The room is the object `{"APP_ID":"{{APP_ID}}"}`: in a JSON data block that `src/lib/env.ts` reads, which no
Content-Security-Policy stops, or in a script, as pages of earlier templates have it.
"""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

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
    text = json.dumps(env, separators=(",", ":"), allow_nan=False).translate(_OF_HTML).encode()
    return _ROOM.sub(lambda _: text, page)
