"""Signing up, by an address and a password or without either."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from common.clock import utcnow
from data.clients.mail_requests import MailRequest, put_request
from data.clients.sign_ups import put_sign_up
from data.db.models import Realm
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
from data.usecases.auth.sessions import begin_session
from data.usecases.resources import Resources

_SALT_BYTES = 16


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
        request = MailRequest(
            kind=MailKind.CONFIRMATION,
            address=address,
            metadata=metadata,
            challenge=proof,
            redirect_to=caller.redirect(redirect_to),
        )
        await _ask_to_confirm(resources, caller, request, password)
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


async def _ask_to_confirm(resources: Resources, caller: Caller, request: MailRequest, password: str) -> None:
    """The same for an address that is taken: what comes of it is decided after the answer."""
    hashed = await claim_hash(resources, caller.realm, request.address, password)
    async with user_pool(resources, caller.realm) as pool:
        await put_sign_up(pool.connection, caller.realm.ref, request.address, hashed)
        await put_request(pool.connection, caller.realm.ref, request)


async def claim_hash(resources: Resources, realm: Realm, address: str, password: str) -> str:
    """What is kept of a sign-up's password until the address is proved: the same for the same password."""
    secret = resources.shards[realm.shard].config.password("sign-ups").encode()
    salt = hmac.digest(secret, f"{realm.ref}\0{address}".encode(), "sha256")[:_SALT_BYTES]
    return await resources.passwords.hash(password, salt=salt)


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
