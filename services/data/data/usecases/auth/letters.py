"""What people ask to be sent by mail. The answer never tells whether an address is known."""

from collections.abc import Mapping
from typing import Any

from data.clients.mail_requests import MailRequest, put_request
from data.domain.auth.credentials import checked_metadata, normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import checked_challenge
from data.usecases.auth.caller import Caller, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.mail import send_token
from data.usecases.auth.sessions import signed_in
from data.usecases.resources import Resources

Challenge = tuple[str | None, str | None]


async def recover(
    resources: Resources, caller: Caller, email: str, *, challenge: Challenge, redirect_to: str | None
) -> None:
    """Sends a link and a code by which a forgotten password can be replaced. Raises AuthRefused."""
    await _ask(resources, caller, MailKind.RECOVERY, email, challenge, redirect_to)


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
    checked = checked_metadata(data)
    metadata = checked if create and caller.settings.signup_enabled else None
    await _ask(resources, caller, MailKind.MAGIC_LINK, email, challenge, redirect_to, metadata)


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
    await _ask(resources, caller, MailKind(kind), email, challenge, redirect_to)


async def _ask(
    resources: Resources,
    caller: Caller,
    kind: MailKind,
    email: str,
    challenge: Challenge,
    redirect_to: str | None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Whether anything is sent is decided after the answer, which says nothing of it."""
    request = MailRequest(
        kind=kind,
        address=normalised_address(email),
        metadata=metadata,
        challenge=checked_challenge(*challenge),
        redirect_to=caller.redirect(redirect_to),
    )
    await take(resources, caller, Attempt.MAIL, account=request.address)
    async with user_pool(resources, caller.realm) as pool:
        await put_request(pool.connection, caller.realm.ref, request)


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
