"""Nobody is sent with a session to where the app has not said."""

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
