"""A signed-in user's own account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.clients.mail_requests import MailRequest, put_request
from data.domain.auth.credentials import check_password, merged_metadata, normalised_address
from data.domain.auth.errors import AuthRefused
from data.domain.auth.limits import Attempt
from data.domain.auth.mails import MailKind
from data.domain.auth.tokens import checked_challenge
from data.domain.auth.users import Session, User, shown_user
from data.usecases.auth.addresses import take_address
from data.usecases.auth.caller import Caller, Pool, user_pool
from data.usecases.auth.limits import take
from data.usecases.auth.sessions import signed_in
from data.usecases.auth.verify import redeem_code
from data.usecases.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a user wants to be different; `nonce` is the code of a reauthentication."""

    email: str | None = None
    password: str | None = None
    data: Mapping[str, Any] | None = None
    nonce: str | None = None
    challenge: tuple[str | None, str | None] = (None, None)
    redirect_to: str | None = None


async def get_user(resources: Resources, caller: Caller, claims: Mapping[str, Any]) -> dict[str, Any]:
    """The user whose token it is; raises AuthRefused."""
    async with user_pool(resources, caller.realm) as pool:
        user, _ = await signed_in(pool, claims)
    return shown_user(user)


async def update_user(
    resources: Resources, caller: Caller, claims: Mapping[str, Any], changes: Changes
) -> dict[str, Any]:
    """The user after the changes; a new address may have to be confirmed first. Raises AuthRefused."""
    proof = checked_challenge(*changes.challenge)
    async with user_pool(resources, caller.realm) as pool:
        user, _ = await signed_in(pool, claims)
    address = normalised_address(changes.email) if changes.email else None
    address = None if address == user.email else address
    hashed = await _new_hash(resources, caller, user, changes, address)
    if address and caller.settings.confirm_email:
        await take(resources, caller, Attempt.MAIL, account=address)
    async with user_pool(resources, caller.realm) as pool:
        user, session = await signed_in(pool, claims, lock=True)
        confirmed = not (hashed and changes.nonce) or await _confirmed(pool, user, changes.nonce)
        if confirmed:
            if changes.data:
                metadata = merged_metadata(user.user_metadata, changes.data)
                user = await pool.users.change(user.id, user_metadata=metadata)
            if address:
                user = await _change_address(pool, caller, user, address, changes.redirect_to, proof)
            if hashed:
                user = await _change_password(pool, user, session, hashed)
    if not confirmed:  # after the transaction, which counts the attempt
        raise AuthRefused("reauthentication_not_valid")
    return shown_user(user)


async def _new_hash(
    resources: Resources, caller: Caller, user: User, changes: Changes, address: str | None
) -> str | None:
    """What is to be stored of the new password, if there is one."""
    if not changes.password:
        return None
    if user.is_anonymous and (address is None or caller.settings.confirm_email):
        raise AuthRefused(
            "validation_failed",
            "Updating password of an anonymous user without an email or phone is not allowed",
        )
    check_password(changes.password, caller.settings.password_min_length)
    await take(resources, caller, Attempt.SIGN_IN)
    if user.password_hash and await resources.passwords.matches(changes.password, user.password_hash):
        raise AuthRefused("same_password")
    return await resources.passwords.hash(changes.password)


async def _confirmed(pool: Pool, user: User, nonce: str) -> bool:
    return await redeem_code(pool, user.id, MailKind.REAUTHENTICATION, nonce)


async def _change_password(pool: Pool, user: User, session: Session, hashed: str) -> User:
    """Whoever has got hold of the account by the old password is out of it then."""
    await pool.sessions.end(user.id, but=session.id)
    await pool.sessions.drop_tokens(user.id, MailKind.RECOVERY, MailKind.REAUTHENTICATION)
    return await pool.users.change(user.id, password_hash=hashed)


async def _change_address(
    pool: Pool,
    caller: Caller,
    user: User,
    address: str,
    redirect_to: str | None,
    proof: tuple[str, str] | None,
) -> User:
    if not caller.settings.confirm_email:
        await pool.sessions.drop_tokens(user.id)
        return await take_address(pool, caller, user, address, verified=False)
    changed = await pool.users.change(user.id, new_email=address)
    request = MailRequest(
        kind=MailKind.EMAIL_CHANGE,
        address=address,
        user_id=user.id,
        challenge=proof,
        redirect_to=caller.redirect(redirect_to),
    )
    await put_request(pool.connection, caller.realm.ref, request)
    return changed
