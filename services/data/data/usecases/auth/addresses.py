"""Whose an e-mail address is: known for certain once a mail to it was answered."""

import asyncpg

from common.clock import utcnow
from data.clients.mails import put_mail
from data.clients.sign_ups import drop_sign_ups
from data.domain.auth.errors import AuthRefused
from data.domain.auth.mails import write_notice
from data.domain.auth.users import EMAIL, User, app_metadata, email_identity
from data.usecases.auth.caller import Caller, Pool


async def confirm_address(pool: Pool, user: User, *, keep_password: bool) -> User:
    """The user after a mail to their address was answered.

    Before that anybody could have signed up with it: unless the mail was that sign-up's own, the password
    is not kept.
    """
    if user.confirmed_at is None:
        password_hash = user.password_hash if keep_password else None
        await pool.users.change(user.id, confirmed_at=utcnow(), password_hash=password_hash)
    if user.email is not None:
        await drop_sign_ups(pool.connection, pool.users.ref, user.email)
    return await _identified(pool, user.id, verified=True)


async def take_address(pool: Pool, caller: Caller, user: User, address: str, *, verified: bool) -> User:
    """Makes the address the user's, who is no visitor then; raises AuthRefused when it is another's.

    The address before is told, if it was certainly theirs: nobody else is written to in the app's name.
    """
    try:
        await pool.users.change(
            user.id, email=address, new_email=None, confirmed_at=utcnow(), is_anonymous=False
        )
    except asyncpg.UniqueViolationError as error:
        raise AuthRefused("email_exists") from error
    if user.email is not None and _was_proved(user):
        name = caller.app_name
        notice = write_notice(app=name, address=user.email, new_address=address)
        await put_mail(pool.connection, caller.realm.ref, notice, recipient=user.email, sender_name=name)
    return await _identified(pool, user.id, verified=verified)


def _was_proved(user: User) -> bool:
    return any(
        identity.provider == EMAIL and identity.data.get("email_verified") is True
        for identity in user.identities
    )


async def _identified(pool: Pool, user_id: str, *, verified: bool) -> User:
    """The user, whose identity of the address and `app_metadata` say what the row does."""
    user = await pool.users.by_id(user_id)
    if user is None or user.email is None:
        raise AuthRefused("user_not_found")
    data = email_identity(user.id, user.email, user.user_metadata, verified=verified)
    await pool.users.put_identity(user.id, EMAIL, user.id, data)
    providers = list(dict.fromkeys([*(identity.provider for identity in user.identities), EMAIL]))
    return await pool.users.change(user.id, app_metadata={**user.app_metadata, **app_metadata(providers)})
