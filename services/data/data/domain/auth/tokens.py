"""Secrets that are handed out once and stored only as digests: refresh tokens, links, codes, PKCE."""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from data.domain.auth.errors import AuthRefused
from data.domain.auth.mails import MailKind

CODE_DIGITS = 6
MAX_CODE_ATTEMPTS = 10
"""Wrong codes after which only the link of a mail is still good."""

AUTH_CODE_SECONDS = 300
REUSE_SECONDS = 10
"""So long a refresh token may come again: two tabs, or an answer that got lost."""

_CHALLENGE_LENGTHS = range(43, 129)
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]*")


VERIFIES: dict[str, tuple[MailKind, ...]] = {
    "signup": (MailKind.CONFIRMATION, MailKind.MAGIC_LINK),
    "invite": (MailKind.INVITE,),
    "magiclink": (MailKind.MAGIC_LINK, MailKind.CONFIRMATION),
    "email": (MailKind.CONFIRMATION, MailKind.MAGIC_LINK),
    "recovery": (MailKind.RECOVERY,),
    "email_change": (MailKind.EMAIL_CHANGE,),
}
"""auth-js's `type` of a verification, and which tokens it may be: each proves that the address is theirs."""


class Reuse(StrEnum):
    """What a refresh token is worth."""

    FRESH = "fresh"
    AGAIN = "again"
    STOLEN = "stolen"


def new_secret() -> str:
    """A secret that nobody guesses, safe in addresses."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """What people type from a mail."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def digest(secret: str) -> bytes:
    """What is stored of a secret that nobody guesses."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def code_digest(link_hash: bytes, code: str) -> bytes:
    """What is stored of a code, by the link that was sent with it."""
    return hashlib.sha256(link_hash + code.encode("utf-8", "replace")).digest()


def child_of(refresh_token: str, salt: bytes) -> str:
    """The refresh token that follows.

    It can be made again from the one before it and the stored salt, but not from what is stored alone.
    """
    made = hmac.new(salt, refresh_token.encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def judge_reuse(used_at: datetime | None, *, child_used: bool, now: datetime) -> Reuse:
    """A used token may come again for a moment, unless its follower is in use already."""
    if used_at is None:
        return Reuse.FRESH
    if not child_used and now - used_at <= timedelta(seconds=REUSE_SECONDS):
        return Reuse.AGAIN
    return Reuse.STOLEN


def checked_challenge(challenge: str | None, method: str | None) -> tuple[str, str] | None:
    """A PKCE challenge and its method, None without; raises AuthRefused for half of one."""
    if not challenge and not method:
        return None
    name = (method or "").lower()
    if not challenge or name not in {"s256", "plain"}:
        raise AuthRefused(
            "validation_failed", "PKCE flow requires code_challenge_method and code_challenge (S256 or plain)"
        )
    if len(challenge) not in _CHALLENGE_LENGTHS or not _CHALLENGE.fullmatch(challenge):
        raise AuthRefused("validation_failed", "code challenge has to be between 43 and 128 characters")
    return challenge, name


def proves(verifier: str, challenge: str, method: str) -> bool:
    """Whether the verifier is the one that the challenge was made of (RFC 7636)."""
    given = verifier.encode("utf-8", "replace")
    if method == "s256":
        given = base64.urlsafe_b64encode(hashlib.sha256(given).digest()).rstrip(b"=")
    return hmac.compare_digest(given, challenge.encode())
