"""What people ask to be sent by mail. The answer never tells whether an address is known."""

from collections.abc import Mapping
from typing import Any

from data.domain.auth.credentials import checked_metadata, normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import checked_challenge
from data.domain.auth.users import User
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.mail import send_token
from data.usecases.auth.sessions import signed_in
from data.usecases.auth.sign_up import add_user, contest
from data.usecases.resources import Resources

Challenge = tuple[str | None, str | None]


async def recover(
    resources: Resources, caller: Caller, email: str, *, challenge: Challenge, redirect_to: str | None
) -> None:
    """Sends a link and a code by which a forgotten password can be replaced. Raises AuthRefused."""
    address, proof = normalised_address(email), checked_challenge(*challenge)
    await take(resources, caller, Attempt.MAIL, account=address)
    async with user_pool(resources, caller.realm) as pool:
        user = await pool.users.by_email(address)
        if user is not None:
            kind = MailKind.RECOVERY
            await send_token(pool, caller, user.id, kind, address, redirect_to=redirect_to, challenge=proof)


async def send_sign_in(
    resources: Resources,
    caller: Caller,
    email: str,
    *,
    create: bool,
    data: Mapping[str, Any],
    challenge: Challenge,
    redirect_to: str | None,
) -> None:
    """Sends a link and a code to sign in by; with `create` to who has no account yet, too.

    Raises AuthRefused.
    """
    address, metadata = normalised_address(email), checked_metadata(data)
    proof = checked_challenge(*challenge)
    await take(resources, caller, Attempt.MAIL, account=address)
    async with user_pool(resources, caller.realm) as pool:
        user = await pool.users.by_email(address, lock=True)
        if create and caller.settings.signup_enabled:
            user = await _signed_up(pool, user, address, metadata)
        if user is not None:
            kind = MailKind.MAGIC_LINK
            await send_token(pool, caller, user.id, kind, address, redirect_to=redirect_to, challenge=proof)


async def _signed_up(pool: Pool, user: User | None, address: str, metadata: Mapping[str, Any]) -> User | None:
    """The user after this sign-up without a password."""
    if user is None:
        return await add_user(pool, address, metadata) or await pool.users.by_email(address)
    if user.confirmed_at is None and user.password_hash is not None:
        return await contest(pool, user)
    return user


async def send_again(
    resources: Resources,
    caller: Caller,
    email: str,
    kind: str,
    *,
    challenge: Challenge,
    redirect_to: str | None,
) -> None:
    """Sends the mail of a sign-up or of a change of address again. Raises AuthRefused."""
    if kind not in {MailKind.CONFIRMATION, MailKind.EMAIL_CHANGE}:
        raise AuthRefused("validation_failed", f"Unsupported resend type: {kind[:50]}")
    address, proof = normalised_address(email), checked_challenge(*challenge)
    await take(resources, caller, Attempt.MAIL, account=address)
    async with user_pool(resources, caller.realm) as pool:
        user = await pool.users.by_email(address)
        if user is None:
            return
        if kind == MailKind.EMAIL_CHANGE:
            recipient = user.new_email
        else:
            recipient = address if user.confirmed_at is None else None
        if recipient is not None:
            await send_token(
                pool,
                caller,
                user.id,
                MailKind(kind),
                recipient,
                known_as=address,
                redirect_to=redirect_to,
                challenge=proof,
            )


async def reauthenticate(resources: Resources, caller: Caller, claims: Mapping[str, Any]) -> None:
    """Sends the signed-in user a code with which they confirm a new password. Raises AuthRefused."""
    async with user_pool(resources, caller.realm) as pool:
        user, _ = await signed_in(pool, claims)
    if user.email is None:
        raise AuthRefused(
            "validation_failed", "Reauthentication requires the user to have an email or a phone number"
        )
    await take(resources, caller, Attempt.MAIL, account=user.email)
    async with user_pool(resources, caller.realm) as pool:
        await send_token(pool, caller, user.id, MailKind.REAUTHENTICATION, user.email)
