"""Nobody is sent with a session to where the app has not said."""

import re
from itertools import product

import pytest

from data.domain.auth.redirects import is_allowed, redirect_target

SITE = "https://todo.example.com"
ALLOWED = (
    "https://*.preview.example.com/**",
    "http://localhost:*",
    "https://other.example.com/welcome",
    "myapp://signed-in",
)


@pytest.mark.parametrize(
    "url",
    [
        "https://todo.example.com",
        "https://todo.example.com/lists?open=1#top",
        "https://one.preview.example.com/a/b.html?x=1",
        "http://localhost:5173",
        "https://other.example.com/welcome",
        "https://other.example.com/welcome?from=mail",
        "myapp://signed-in",
    ],
)
def test_own_addresses_and_those_that_were_set_are_allowed(url: str) -> None:
    assert is_allowed(url, site_url=SITE, allowed=ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.net",
        "http://todo.example.com",
        "https://todo.example.com:8443",
        "https://todo.example.com@evil.example.net/",
        "https://todo.example.com\\@evil.example.net/",
        "https://evil.example.net/.preview.example.com/",
        "https://evil?x.preview.example.com/",
        "https://a.b.preview.example.com/",
        "https://user@one.preview.example.com/",
        "https://other.example.com/welcome/more",
        "https://other.example.com/welcom",
        "http://localhost:5173@evil.example.net",
        "http://localhost:a/../evil",
        "//todo.example.com",
        "javascript:alert(1)",
        "https://todo.example.com/\nx",
        "https://todo.example.com:99999/",
        "https://[todo.example.com",
        "https://",
        "x" * 3000,
    ],
)
def test_others_are_not(url: str) -> None:
    assert not is_allowed(url, site_url=SITE, allowed=ALLOWED)
    assert redirect_target(url, site_url=SITE, allowed=ALLOWED) == SITE


def test_who_asks_for_nothing_comes_to_the_app() -> None:
    assert redirect_target(None, site_url=SITE, allowed=()) == SITE


@pytest.mark.parametrize("wildcards", ["**a" * 5, "**a*a" * 2, "*" * 400, "**/a" * 100])
def test_no_pattern_takes_longer_than_its_address_is_long(wildcards: str) -> None:
    """It would take longer than anybody waits if every way to divide the address were tried."""
    allowed = [f"https://app.example.com/{wildcards}{end}" for end in ("b", "?b")]
    for url in ("https://app.example.com/" + "a" * 2000, "https://app.example.com/" + "/a" * 1000):
        assert not is_allowed(url, site_url=SITE, allowed=allowed)
        assert is_allowed(f"{url}/b", site_url=SITE, allowed=["https://app.example.com/**b"])


def test_wildcards_stand_for_what_they_say() -> None:
    """Any pattern of a few characters, held against what Python's own expressions make of it."""
    meant = {"*": "[^./:@?]*", "**": ".*"}
    rests = ["".join(found) for size in range(5) for found in product("a/", repeat=size)]
    for length in range(1, 5):
        for found in product(("a", "/", "*", "**"), repeat=length):
            pattern = "".join(found)
            expression = re.sub(r"\*+", lambda stars: meant[stars[0][:2]], pattern)
            for rest in rests:
                same = re.fullmatch(expression, rest) is not None
                given = is_allowed(f"x://h.i/{rest}", site_url=SITE, allowed=[f"x://h.i/{pattern}"])
                assert given == same, (pattern, rest)
