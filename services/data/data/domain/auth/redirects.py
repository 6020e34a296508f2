"""Where people may be sent after sign-in: the app's own addresses and those that its settings allow."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

_MAX_LENGTH = 2048
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
    return any(_matcher(pattern).fullmatch(form) for pattern in allowed for form in forms)


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re.Pattern[str]:
    kinds = {"*": r"[^./:@?]*", "**": ".*"}
    parts = re.split(r"(\*\*?)", pattern)
    return re.compile("".join(kinds.get(part) or re.escape(part) for part in parts))
