"""Lines by which a model means "and so on": written into a file they would silently drop code."""

import re
from collections.abc import Collection, Iterable

# No pattern here may take more than time linear in the line: a model can be led to write any line at all.
_COMMENT = re.compile(r"^\s*+(?://++|/\*++|\{\s*+/\*++|<!--|#|\*)")
_DOTS = re.compile(  # no spread: {...rest}, f(...rest)
    r"(?<![\[{(,]\s)(?<![\[{(,])\.\.\.|\.\.\.(?=\s)|…"
)
_LEFT_OUT = re.compile(
    r"\b(?:existing|keep|rest|remaining|unchanged|same|previous|omitted|before)\b", re.IGNORECASE
)
_THING = (
    r"(?:code|contents?|files?|components?|functions?|imports?|logic|form|page|list|table|section|layout"
    r"|markup|jsx|styles?|rules|items|props|state)\b"
)
_END = r"\s*+\)?+\s*+(?:\*/\s*+\}?+|-->)?+\s*+"
_REST = r"^\s*+\(?+(?:the\s++)?+(?:rest|remainder)\s++of\s++"
_ONLY_DOTS = re.compile(rf"^\s*+(?:\.\.\.|…){_END}")
_KEEP = re.compile(
    rf"^\s*+\(?+keep\s++(?:the\s++|all\s++)?+(?:existing|remaining|previous|other)\s++{_THING}", re.IGNORECASE
)
_REST_OF_THING = re.compile(rf"{_REST}(?:the\s++)?+{_THING}{_END}", re.IGNORECASE)
_REST_OF = re.compile(_REST, re.IGNORECASE)
_A_THING = re.compile(rf"\b{_THING}", re.IGNORECASE)
_STAYS = re.compile(r"\b(?:unchanged|same|here|is)\b", re.IGNORECASE)
_BARE = re.compile(rf"^\s*+(?:\.\.\.|…)\s*+\(?+(?:the\s++)?+{_LEFT_OUT.pattern}", re.IGNORECASE)
_SPACED_THING = re.compile(rf"\s{_THING}", re.IGNORECASE)

_LONGEST = 1_000
"""Only so many characters of a line are looked at; one that says what was left out is far shorter."""


def find_placeholder(lines: Iterable[str], known: Collection[str] = ()) -> str | None:
    """The first line that stands for code left out, unless the file already has that very line."""
    standing = {line.strip() for line in known}
    for line in lines:
        if _stands_for_code(line[:_LONGEST]) and line.strip() not in standing:
            return line
    return None


def _stands_for_code(line: str) -> bool:
    comment = _COMMENT.match(line)
    if comment is None:
        # A bare ellipsis followed by such words, which no spread operator looks like: ... keep existing code
        bare = _BARE.match(line)
        return bare is not None and _SPACED_THING.search(line, bare.end()) is not None
    words = line[comment.end() :]
    return (
        # a comment with an ellipsis and a word of leaving out, in any order: // ... existing code ...
        (_DOTS.search(words) is not None and _LEFT_OUT.search(words) is not None)
        # a comment that is an ellipsis only
        or _ONLY_DOTS.fullmatch(words) is not None
        # the same without an ellipsis: // keep existing code, // rest of the file unchanged
        or _KEEP.match(words) is not None
        or _REST_OF_THING.fullmatch(words) is not None
        or _says_that_the_rest_stays(words)
    )


def _says_that_the_rest_stays(comment: str) -> bool:
    rest = _REST_OF.match(comment)
    thing = _A_THING.search(comment, rest.end()) if rest else None
    return thing is not None and _STAYS.search(comment, thing.end()) is not None
