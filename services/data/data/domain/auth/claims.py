"""What an access token says, and what has to be true of it."""

from collections.abc import Mapping
from typing import Any

from data.domain.auth.errors import AuthRefused
from data.domain.auth.users import Session, User

AUDIENCE = "authenticated"
ROLE = "authenticated"
LEEWAY_SECONDS = 5


def issuer(public_url: str, ref: str) -> str:
    """Who issues a realm's tokens: the address of its sign-in."""
    return f"{public_url}/{ref}/auth/v1"


def access_claims(user: User, session: Session, *, issuer: str, now: int, seconds: int) -> dict[str, Any]:
    """The claims of an access token that is good for `seconds`; times in seconds since 1970."""
    return {
        "iss": issuer,
        "sub": user.id,
        "aud": AUDIENCE,
        "exp": now + seconds,
        "iat": now,
        "email": user.email or "",
        "phone": "",
        "app_metadata": dict(user.app_metadata),
        "user_metadata": dict(user.user_metadata),
        "role": ROLE,
        "aal": session.aal,
        "amr": list(session.amr),
        "session_id": session.id,
        "is_anonymous": user.is_anonymous,
    }


class TokenExpired(AuthRefused):
    """The token was good once."""


def check_claims(claims: Mapping[str, Any], *, issuer: str, now: float) -> None:
    """Raises AuthRefused unless the token is this realm's, in time, and of a signed-in user.

    The signature is checked before; another realm's token is signed by the same keys.
    """
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or isinstance(expires, bool):
        raise AuthRefused("bad_jwt", "invalid JWT: it does not say when it expires")
    if expires <= now:
        raise TokenExpired("bad_jwt", "invalid JWT: token is expired")
    issued = claims.get("iat")
    in_time = isinstance(issued, int | float) and issued <= now + LEEWAY_SECONDS
    if claims.get("iss") != issuer or not in_time:
        raise AuthRefused("bad_jwt", "invalid JWT: it was not issued for this app and environment")
    if claims.get("aud") != AUDIENCE or claims.get("role") != ROLE:
        raise AuthRefused("bad_jwt", "invalid JWT: it is of no signed-in user")
    if not all(isinstance(claims.get(name), str) for name in ("sub", "session_id")):
        raise AuthRefused("bad_jwt", "invalid claim: missing sub or session_id claim")
