"""Who somebody is according to a provider, and what follows from it for their account here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TEXTS = ("name", "given_name", "family_name", "nickname", "preferred_username", "locale", "picture")
_MAX_TEXT = 500
_MAX_SUBJECT = 255
MAX_ID_TOKEN = 16 * 1024
"""Characters of an ID token that are looked at."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`subject` is the provider's name for the account. `email` is as the provider has it; it counts as
    theirs only when `email_verified`.
    """

    subject: str
    email: str | None
    email_verified: bool
    data: Mapping[str, Any]
    """For the identity and the user's own metadata, under Supabase's names."""


def read_profile(issuer: str, claims: Mapping[str, Any]) -> Profile:
    """The profile of an ID token's claims, those of the userinfo endpoint included.

    Raises ValueError when they name nobody.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or "\0" in subject:
        raise ValueError("the token names nobody")
    email = claims.get("email")
    email = email.strip() if isinstance(email, str) else None
    verdict = claims.get("email_verified")
    verified = bool(email) and (verdict is True or verdict == "true")  # Apple writes a text
    texts = {name: claims[name][:_MAX_TEXT] for name in _TEXTS if _is_text(claims.get(name))}
    data: dict[str, Any] = {"iss": issuer, "sub": subject, "provider_id": subject, **texts}
    if "name" in texts:
        data["full_name"] = texts["name"]
    if "picture" in texts:
        data["avatar_url"] = texts["picture"]
    if email:
        data["email"] = email
    data |= {"email_verified": verified, "phone_verified": False}
    return Profile(subject, email or None, verified, data)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value and value.isprintable()
