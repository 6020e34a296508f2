"""Lines by which a model means "and so on": written into a file they would silently drop code."""

import re
from collections.abc import Collection, Iterable

_COMMENT = r"^\s*(?://+|/\*+|\{\s*/\*+|<!--|#|\*)"
_END = r"\s*\)?\s*(?:\*/\s*\}?|-->)?\s*$"
_DOTS = r"(?:(?<![\[{(,]\s)(?<![\[{(,])\.\.\.|\.\.\.(?=\s)|…)"  # no spread: {...rest}, f(...rest)
_LEFT_OUT = r"\b(?:existing|keep|rest|remaining|unchanged|same|previous|omitted|before)\b"
_THING = (
    r"(?:code|contents?|files?|components?|functions?|imports?|logic|form|page|list|table|section|layout"
    r"|markup|jsx|styles?|rules|items|props|state)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # a comment with an ellipsis and a word of leaving out: // ... existing code ...
        rf"{_COMMENT}.*{_DOTS}.*{_LEFT_OUT}",
        rf"{_COMMENT}.*{_LEFT_OUT}.*{_DOTS}",
        # a comment that is an ellipsis only
        rf"{_COMMENT}\s*{_DOTS}{_END}",
        # a bare ellipsis followed by such words, which no spread operator looks like: ... keep existing code
        rf"^\s*{_DOTS}\s*\(?(?:the\s+)?{_LEFT_OUT}.*\s{_THING}\b",
        # the same in a comment without an ellipsis: // keep existing code, // rest of the file unchanged
        rf"{_COMMENT}\s*\(?keep\s+(?:the\s+|all\s+)?(?:existing|remaining|previous|other)\s+{_THING}\b",
        rf"{_COMMENT}\s*\(?(?:the\s+)?(?:rest|remainder)\s+of\s+.*\b{_THING}\b.*\b(?:unchanged|same|here|is)\b",
        rf"{_COMMENT}\s*\(?(?:the\s+)?(?:rest|remainder)\s+of\s+(?:the\s+)?{_THING}{_END}",
    )
)


def find_placeholder(lines: Iterable[str], known: Collection[str] = ()) -> str | None:
    """The first line that stands for code left out, unless the file already has that very line."""
    standing = {line.strip() for line in known}
    for line in lines:
        if any(pattern.search(line) for pattern in _PATTERNS) and line.strip() not in standing:
            return line
    return None
