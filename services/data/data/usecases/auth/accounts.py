"""Whose account somebody gets who signs in at a provider."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import utcnow
from data.domain.auth.credentials import merged_metadata, normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.profiles import Profile
from data.domain.auth.users import EMAIL, Identity, User, app_metadata, email_identity
from data.usecases.auth.caller import Caller, Pool


async def account_of(pool: Pool, caller: Caller, provider: str, profile: Profile) -> User:
    """The user whom the profile signs in: who has done so before, who has proved the same address, or a new
    one. Raises AuthRefused.
    """
    known = await pool.users.by_identity(provider, profile.subject)
    if known is not None:
        return await _identified(pool, known, provider, profile)
    address = _proved_address(profile)
    user = None if address is None else await pool.users.by_email(address, lock=True)
    if user is None:
        if not caller.settings.signup_enabled:
            raise AuthRefused("signup_disabled")
        user = await pool.users.add(
            email=address,
            confirmed=address is not None,
            user_metadata=profile.data,
            app_metadata=app_metadata([provider]),
        )
        user = user or (address and await pool.users.by_email(address, lock=True)) or None
        if user is None:
            raise AuthRefused("unexpected_failure")
    if not _has_proved(user):
        user = await _reclaimed(pool, user)
    return await _identified(pool, user, provider, profile)


async def link(pool: Pool, user_id: str, provider: str, profile: Profile) -> User:
    """The user with one more way to sign in, by which a visitor becomes somebody. Raises AuthRefused."""
    user = await pool.users.by_id(user_id, lock=True)
    if user is None:
        raise AuthRefused("user_not_found")
    owner = await pool.users.by_identity(provider, profile.subject)
    if owner is not None and owner.id != user.id:
        raise AuthRefused("identity_already_exists")
    address = _proved_address(profile)
    if user.is_anonymous:
        changes: dict[str, Any] = {"is_anonymous": False}
        if address is not None:
            if await pool.users.by_email(address) is not None:
                raise AuthRefused("email_exists")
            changes |= {"email": address, "confirmed_at": utcnow()}
        user = await pool.users.change(user.id, **changes)
    return await _identified(pool, user, provider, profile)


async def unlink(pool: Pool, user: User, identity_id: str) -> None:
    """Takes a way to sign in from the user, who keeps another. Raises AuthRefused."""
    identity = next((one for one in user.identities if one.id == identity_id), None)
    if identity is None:
        raise AuthRefused("identity_not_found")
    if len(user.identities) < 2:
        raise AuthRefused("single_identity_not_deletable")
    if identity.provider == EMAIL:
        raise AuthRefused("email_conflict_identity_not_deletable")
    await pool.users.remove_identity(user.id, identity.id)
    rest = [one for one in user.identities if one.id != identity.id]
    await pool.users.change(user.id, app_metadata={**user.app_metadata, **app_metadata(_names(rest))})


async def _identified(pool: Pool, user: User, provider: str, profile: Profile) -> User:
    """The user with the identity as the provider has it now; what they say of themselves goes before it."""
    if await pool.users.put_identity(user.id, provider, profile.subject, profile.data) is None:
        raise AuthRefused("identity_already_exists")
    providers = list(dict.fromkeys([*_names(user.identities), provider]))
    return await pool.users.change(
        user.id,
        user_metadata=_completed(user.user_metadata, profile.data),
        app_metadata={**user.app_metadata, **app_metadata(providers)},
    )


def _completed(own: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's profile has bounded sizes; people's own data keep their whole room beside it."""
    try:
        return merged_metadata(data, own)
    except AuthRefused:
        return dict(own)


async def _reclaimed(pool: Pool, user: User) -> User:
    """The account of an address that only now is proved.

    Whoever signed up with it may be somebody else, who would go on having a password and sessions.
    """
    await pool.sessions.end(user.id)
    await pool.sessions.drop_tokens(user.id)
    await pool.users.put_identity(
        user.id, EMAIL, user.id, email_identity(user.id, user.email or "", {}, verified=True)
    )
    return await pool.users.change(
        user.id, password_hash=None, user_metadata={}, new_email=None, confirmed_at=utcnow()
    )


def _has_proved(user: User) -> bool:
    """Whether the user's address is known to be theirs: a mail was answered, or a provider vouches for it."""
    return user.email is None or (
        user.confirmed_at is not None
        and (
            not any(identity.provider == EMAIL for identity in user.identities)
            or any(_vouches(identity, user.email) for identity in user.identities)
        )
    )


def _vouches(identity: Identity, address: str) -> bool:
    data = identity.data
    return data.get("email_verified") is True and str(data.get("email", "")).lower() == address


def _proved_address(profile: Profile) -> str | None:
    if profile.email is None or not profile.email_verified:
        return None
    try:
        return normalised_address(profile.email)
    except AuthRefused:
        return None


def _names(identities: Sequence[Identity]) -> list[str]:
    return list(dict.fromkeys(identity.provider for identity in identities))
