"""Signing up, by an address and a password or without either."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from common.clock import utcnow
from data.domain.auth.credentials import check_password, checked_metadata, normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import checked_challenge
from data.domain.auth.users import (
    EMAIL,
    Identity,
    User,
    app_metadata,
    email_identity,
    shown_time,
    shown_user,
)
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.mail import send_token
from data.usecases.auth.sessions import begin_session
from data.usecases.resources import Resources


async def sign_up(
    resources: Resources,
    caller: Caller,
    *,
    email: str,
    password: str,
    data: Mapping[str, Any],
    challenge: tuple[str | None, str | None],
    redirect_to: str | None,
) -> dict[str, Any]:
    """A session, or the bare user where the address has to be confirmed first.

    Then the answer is the same for an address that is taken. Raises AuthRefused.
    """
    settings = caller.settings
    if not settings.signup_enabled:
        raise AuthRefused("signup_disabled")
    if not password:
        raise AuthRefused("validation_failed", "Signup requires a valid password")
    address, metadata = normalised_address(email), checked_metadata(data)
    check_password(password, settings.password_min_length)
    proof = checked_challenge(*challenge)
    await take(resources, caller, Attempt.SIGN_UP)
    if settings.confirm_email:
        await take(resources, caller, Attempt.MAIL, account=address)
        letter = {"redirect_to": redirect_to, "challenge": proof}
        await _ask_to_confirm(resources, caller, address, password, metadata, letter)
        return _unconfirmed(address, metadata)
    hashed = await resources.passwords.hash(password)
    async with user_pool(resources, caller.realm) as pool:
        user = await add_user(pool, address, metadata, password_hash=hashed, confirmed=True)
        if user is None:
            raise AuthRefused("user_already_exists")
        return await begin_session(resources, caller, pool, user, "password")


async def sign_up_anonymously(
    resources: Resources, caller: Caller, data: Mapping[str, Any]
) -> dict[str, Any]:
    """A session of a new user without an address; raises AuthRefused unless the settings let visitors in."""
    if not caller.settings.anonymous_enabled:
        raise AuthRefused("anonymous_provider_disabled")
    metadata = checked_metadata(data)
    await take(resources, caller, Attempt.ANONYMOUS)
    async with user_pool(resources, caller.realm) as pool:
        user = await pool.users.add(user_metadata=metadata, app_metadata={}, is_anonymous=True)
        if user is None:
            raise AuthRefused("unexpected_failure")
        return await begin_session(resources, caller, pool, user, "anonymous")


async def add_user(
    pool: Pool,
    address: str,
    metadata: Mapping[str, Any],
    *,
    password_hash: str | None = None,
    confirmed: bool = False,
) -> User | None:
    """A new user with the identity of the address; None when it is taken."""
    user = await pool.users.add(
        email=address,
        password_hash=password_hash,
        user_metadata=metadata,
        app_metadata=app_metadata([EMAIL]),
        confirmed=confirmed,
    )
    if user is None:
        return None
    data = email_identity(user.id, address, metadata, verified=False)
    identity = await pool.users.put_identity(user.id, EMAIL, user.id, data)
    return replace(user, identities=(identity,) if identity else ())


async def contest(pool: Pool, user: User) -> User:
    """The user whose address somebody else may have signed up with, too, before it is confirmed.

    Whoever confirms it by a mail cannot tell whose sign-up that was of: no password comes into force by it.
    """
    return await pool.users.change(user.id, password_hash=None, user_metadata={})


@dataclass(frozen=True, slots=True)
class _Seen:
    """`stored`: the password of an earlier sign-up that waits for its mail; `kept`: what to keep of the new
    one, None where the two differ.
    """

    stored: str | None
    kept: str | None


async def _ask_to_confirm(
    resources: Resources,
    caller: Caller,
    address: str,
    password: str,
    metadata: Mapping[str, Any],
    letter: Mapping[str, Any],
) -> None:
    asked = False
    while not asked:  # each round finds a later state of the address, and it has few
        seen = await _look(resources, caller, address, password)
        async with user_pool(resources, caller.realm) as pool:
            asked, user = await _to_be_confirmed(pool, address, seen, metadata)
            if user is not None:
                await send_token(pool, caller, user.id, MailKind.CONFIRMATION, address, **letter)


async def _look(resources: Resources, caller: Caller, address: str, password: str) -> _Seen:
    """What the sign-up meets; takes as long for an address that nobody has."""
    async with user_pool(resources, caller.realm) as pool:
        known = await pool.users.by_email(address)
    stored = None if known is None or known.confirmed_at is not None else known.password_hash
    if stored is None:
        return _Seen(None, await resources.passwords.hash(password))
    return _Seen(stored, stored if await resources.passwords.matches(password, stored) else None)


async def _to_be_confirmed(
    pool: Pool, address: str, seen: _Seen, metadata: Mapping[str, Any]
) -> tuple[bool, User | None]:
    """Whether all is still as it was seen, and the user to write to unless the address is confirmed."""
    user = await add_user(pool, address, metadata, password_hash=seen.kept)
    if user is not None:
        return True, user
    known = await pool.users.by_email(address, lock=True)
    if known is None:
        return False, None
    if known.confirmed_at is not None:
        return True, None
    if known.password_hash != seen.stored:
        return False, None
    if seen.stored is None or seen.kept is None:
        return True, await contest(pool, known)
    return True, await pool.users.change(known.id, user_metadata=metadata)


def _unconfirmed(address: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A user such as a new one, by which nobody can tell whether there is one."""
    now, user_id = utcnow(), str(uuid4())
    identity = Identity(
        id=str(uuid4()),
        user_id=user_id,
        provider=EMAIL,
        provider_id=user_id,
        data=email_identity(user_id, address, metadata, verified=False),
        last_sign_in_at=now,
        created_at=now,
        updated_at=now,
    )
    user = User(
        id=user_id,
        email=address,
        password_hash=None,
        confirmed_at=None,
        new_email=None,
        last_sign_in_at=None,
        app_metadata=app_metadata([EMAIL]),
        user_metadata=metadata,
        is_anonymous=False,
        banned_until=None,
        created_at=now,
        updated_at=now,
        identities=(identity,),
    )
    return {**shown_user(user), "confirmation_sent_at": shown_time(now)}
