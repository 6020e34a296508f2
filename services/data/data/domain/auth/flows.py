"""A sign-in at a provider, from where it begins to where the browser comes back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

FLOW_SECONDS = 600
PASSED_ON = frozenset(
    {
        "access_type",
        "acr_values",
        "display",
        "domain_hint",
        "hd",
        "login_hint",
        "max_age",
        "prompt",
        "ui_locales",
    }
)
"""What an app may tell the provider in the query of its own: nothing that the sign-in rests upon."""

_MAX_VALUE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What is remembered meanwhile, for the realm and the provider only.

    `nonce` and `verifier` are what the provider's answer has to match, `challenge` is the app's own PKCE with
    its method. `browser` is the digest of the cookie of who began, None when that was no page of a browser.
    `user_id` is whose account the new identity is for, if it is to be added to one.
    """

    provider: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_to: str
    challenge: tuple[str, str] | None
    browser: bytes | None
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Started:
    """Where the browser has to go, and the cookie by which it is known when it comes back."""

    url: str
    cookie: tuple[str, str] | None


def callback_url(issuer: str) -> str:
    """Where the providers of the realm, whose sign-in is at `issuer`, send browsers back to."""
    return f"{issuer}/callback"


def cookie_name(state: str) -> str:
    """One for each flow: several can be on their way in as many tabs."""
    return f"overskill_flow_{hashlib.sha256(state.encode('utf-8', 'replace')).hexdigest()[:12]}"


def passed_on(query: Mapping[str, str]) -> dict[str, str]:
    """What of the app's query is for the provider."""
    return {name: value[:_MAX_VALUE] for name, value in query.items() if name in PASSED_ON and value}
