"""An app's colours of the first foundation, in the style sheet, become those of its theme in the second."""

import re
from collections.abc import Sequence

STYLE, THEME = "src/index.css", "src/theme.css"

_NEWS = re.compile(rf"^== {re.escape(STYLE)}$(.*?)(?=^== |\Z)", re.MULTILINE | re.DOTALL)
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? ")
_TOKEN = re.compile(r"\s*--([\w-]+): (.*);")
_DARK = "prefers-color-scheme: dark"
_BLOCKS = {":root {": False, ".dark {": True}

Tokens = dict[tuple[bool, str], str]
"""Values by name, and by whether they are for dark screens."""


def news_of_style(told: str) -> list[str]:
    """The lines of the diff of the style sheet, as the platform tells it; none if it is no conflict."""
    found = _NEWS.search(told)
    return found[1].strip("\n").split("\n") if found else []


def restyled(style: Sequence[str], theme: Sequence[str], news: Sequence[str]) -> dict[str, list[str]]:
    """Both files for the second foundation; nothing where the app has changed more than values."""
    tokens: Tokens = {}
    after = _patched(style, news, tokens)
    return {} if after is None else {STYLE: after, THEME: _coloured(theme, tokens)}


def _patched(style: Sequence[str], news: Sequence[str], tokens: Tokens) -> list[str] | None:
    """The style sheet with the foundation's changes, at the lines that the diff names; collects `tokens`."""
    after: list[str] = []
    done, dark = 0, False
    for line in news:
        if hunk := _HUNK.match(line):
            after += style[done : int(hunk[1]) - 1]
            done = int(hunk[1]) - 1
            continue
        if line.startswith("+"):
            after.append(line[1:])
            continue
        if done >= len(style) or not _is_the_same(line[1:], style[done]):
            return None
        if line.startswith("-"):
            dark = dark or _DARK in line
            if token := _TOKEN.fullmatch(style[done]):
                tokens[dark, token[1]] = token[2]
        else:
            after.append(style[done])
        done += 1
    return [*after, *style[done:]]


def _is_the_same(before: str, now: str) -> bool:
    """But for the value of a variable."""
    old, new = _TOKEN.fullmatch(before), _TOKEN.fullmatch(now)
    return before == now or (old is not None and new is not None and old[1] == new[1])


def _coloured(theme: Sequence[str], tokens: Tokens) -> list[str]:
    after: list[str] = []
    dark: bool | None = None
    for line in theme:
        dark = _BLOCKS.get(line, dark)
        token = _TOKEN.fullmatch(line)
        value = tokens.get((dark, token[1])) if token is not None and dark is not None else None
        after.append(line if value is None or token is None else f"  --{token[1]}: {value};")
    return after
