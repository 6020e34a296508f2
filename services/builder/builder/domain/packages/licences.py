"""Licences by which a package may become part of whatever an app's owner makes of it."""

import re

PERMISSIVE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT",
        "MIT-0", "OFL-1.1", "Python-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
_TOKEN = re.compile(r"[()]|[A-Za-z0-9.+-]++|\s")
_MAX_CHARACTERS = 200


def is_permissive(expression: str) -> bool:
    """Whether an SPDX expression leaves a choice of nothing but PERMISSIVE; what is none of them does not."""
    tokens = _tokens(expression)
    if not tokens:
        return False
    try:
        allowed, rest = _any_of(tokens)
    except (IndexError, RecursionError):
        return False
    return allowed and not rest


def _tokens(expression: str) -> list[str]:
    if len(expression) > _MAX_CHARACTERS:
        return []
    tokens: list[str] = _TOKEN.findall(expression)
    return [token for token in tokens if token.strip()] if "".join(tokens) == expression else []


def _any_of(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, rest = _all_of(tokens)
    while rest and rest[0].upper() == "OR":
        other, rest = _all_of(rest[1:])
        allowed = allowed or other
    return allowed, rest


def _all_of(tokens: list[str]) -> tuple[bool, list[str]]:
    allowed, rest = _one(tokens)
    while rest and rest[0].upper() == "AND":
        other, rest = _one(rest[1:])
        allowed = allowed and other
    return allowed, rest


def _one(tokens: list[str]) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        allowed, rest = _any_of(tokens[1:])
        if rest[0] != ")":
            return False, rest
        return allowed, rest[1:]
    return tokens[0] in PERMISSIVE, tokens[1:]
