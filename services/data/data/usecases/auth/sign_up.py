"""Signing up, by an address and a password or without either."""

from collections.abc import Mapping
from dataclasses import replace
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
    hashed = await resources.passwords.hash(password)
    async with user_pool(resources, caller.realm) as pool:
        if settings.confirm_email:
            user = await _to_be_confirmed(pool, address, hashed, metadata)
            if user is not None:
                kind = MailKind.CONFIRMATION
                await send_token(
                    pool, caller, user.id, kind, address, redirect_to=redirect_to, challenge=proof
                )
            return _unconfirmed(address, metadata)
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


async def _to_be_confirmed(
    pool: Pool, address: str, password_hash: str, metadata: Mapping[str, Any]
) -> User | None:
    """The user to write to: a new one, or one who never answered and has another password now."""
    user = await add_user(pool, address, metadata, password_hash=password_hash)
    if user is not None:
        return user
    known = await pool.users.by_email(address, lock=True)
    if known is None or known.confirmed_at is not None:
        return None
    return await pool.users.change(known.id, password_hash=password_hash, user_metadata=metadata)


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
