"""Where people may be sent after sign-in: the app's own addresses and those that its settings allow."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

_MAX_LENGTH = 2048
_BORDERS = frozenset("./:@?")
# Browsers read some of what is not in here as part of another address than parsers do.
_PLAIN = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[!-;=?-\[\]_a-z{}~]+", re.IGNORECASE)


def redirect_target(asked: str | None, *, site_url: str, allowed: Iterable[str]) -> str:
    """The address that was asked for if it may be, else the app's own, as Supabase does it."""
    return asked if asked and is_allowed(asked, site_url=site_url, allowed=allowed) else site_url


def is_allowed(url: str, *, site_url: str, allowed: Iterable[str]) -> bool:
    """Whether the address is of the app's own origin or matches a pattern, with its query or without."""
    if len(url) > _MAX_LENGTH or not _PLAIN.fullmatch(url):
        return False
    try:
        parts, site = urlsplit(url), urlsplit(site_url)
        same_origin = (parts.scheme, parts.hostname, parts.port) == (site.scheme, site.hostname, site.port)
    except ValueError:  # a port or an IPv6 address that is none
        return False
    if "@" in parts.netloc:
        return False
    if same_origin and parts.hostname:
        return True
    whole = url.partition("#")[0]
    forms = {whole, whole.partition("?")[0]}
    return any(_compiled(pattern).matches(form) for pattern in allowed for form in forms)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern as an automaton that looks at each character of an address once (bitap, by Baeza-Yates and
    Gonnet). Bit n of each set is the n-th part: a character, `*` or `**`.
    """

    characters: Mapping[str, int]
    within: int
    """Where a `*` stands, which takes no character of `_BORDERS`."""

    anything: int
    """Where a `**` stands."""

    end: int

    def matches(self, text: str) -> bool:
        reached = self._past_empty(1)
        for character in text:
            stay = self.anything if character in _BORDERS else self.anything | self.within
            reached = self._past_empty((reached & self.characters.get(character, 0)) << 1 | reached & stay)
            if not reached:
                return False
        return bool(reached >> self.end & 1)

    def _past_empty(self, reached: int) -> int:
        """A wildcard may stand for nothing; there are no two side by side."""
        return reached | (reached & (self.within | self.anything)) << 1


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> _Pattern:
    sets: defaultdict[str, int] = defaultdict(int)
    within = anything = end = 0
    for part in re.findall(r"\*+|[^*]", pattern):
        bit = 1 << end
        if part == "*":
            within |= bit
        elif part[0] == "*":
            anything |= bit
        else:
            sets[part] |= bit
        end += 1
    return _Pattern(dict(sets), within, anything, end)
