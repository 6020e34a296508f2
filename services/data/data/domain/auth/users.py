"""Users and their sessions as GoTrue shows them to auth-js."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

EMAIL = "email"
"""The provider of who signs in by an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One way in which a user can sign in: by e-mail, or at a provider."""

    id: str
    user_id: str
    provider: str
    provider_id: str
    data: Mapping[str, Any]
    last_sign_in_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A row of a realm's user pool, with the identities."""

    id: str
    email: str | None
    password_hash: str | None
    confirmed_at: datetime | None
    new_email: str | None
    last_sign_in_at: datetime | None
    app_metadata: Mapping[str, Any]
    user_metadata: Mapping[str, Any]
    is_anonymous: bool
    banned_until: datetime | None
    created_at: datetime
    updated_at: datetime
    identities: Sequence[Identity] = field(default=())

    def banned(self, now: datetime) -> bool:
        return self.banned_until is not None and self.banned_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in device. `amr` says how its user proved who they are, the newest way first."""

    id: str
    user_id: str
    amr: Sequence[Mapping[str, Any]]
    created_at: datetime
    refreshed_at: datetime
    aal: str = "aal1"


def shown_time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def shown_user(user: User) -> dict[str, Any]:
    """The user as auth-js's type `User`."""
    shown: dict[str, Any] = {
        "id": user.id,
        "aud": "authenticated",
        "role": "authenticated",
        "email": user.email or "",
        "phone": "",
        "app_metadata": dict(user.app_metadata),
        "user_metadata": dict(user.user_metadata),
        "identities": [shown_identity(identity) for identity in user.identities],
        "created_at": shown_time(user.created_at),
        "updated_at": shown_time(user.updated_at),
        "is_anonymous": user.is_anonymous,
    }
    optional = {
        "email_confirmed_at": shown_time(user.confirmed_at),
        "confirmed_at": shown_time(user.confirmed_at),
        "last_sign_in_at": shown_time(user.last_sign_in_at),
        "new_email": user.new_email,
        "banned_until": shown_time(user.banned_until),
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def shown_identity(identity: Identity) -> dict[str, Any]:
    """The identity as auth-js's type `UserIdentity`."""
    return {
        "identity_id": identity.id,
        "id": identity.provider_id,
        "user_id": identity.user_id,
        "identity_data": dict(identity.data),
        "provider": identity.provider,
        "last_sign_in_at": shown_time(identity.last_sign_in_at),
        "created_at": shown_time(identity.created_at),
        "updated_at": shown_time(identity.updated_at),
        "email": identity.data.get("email"),
    }


def app_metadata(providers: Sequence[str]) -> dict[str, Any]:
    """What the platform says of a user: how they can sign in, the first way first."""
    return {"provider": providers[0], "providers": list(dict.fromkeys(providers))} if providers else {}


def email_identity(
    user_id: str, address: str, metadata: Mapping[str, Any], *, verified: bool
) -> dict[str, Any]:
    """What the identity of an address says; `verified` only once a mail to it was answered."""
    return {**metadata, "sub": user_id, "email": address, "email_verified": verified, "phone_verified": False}
